import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { RegistrySweeper, UploadStage } from '../../subgraphs/model-registry';
import { silentLog } from '../../platform/log';
import { eventually } from '../support/eventually';
import { openRegistry, type RegistryBench } from '../support/registry';

const PART = 'application/offset+octet-stream';
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('an upload by tus', () => {
  let bench: RegistryBench;
  let model: string;
  let authorization: string;
  let count = 0;

  beforeAll(async () => {
    bench = await openRegistry({ maxBytes: 40_000_000 });
    const { secret } = await bench.keys.create({ requestId: 'test', caller: BOOTSTRAP_ADMIN }, { namespace: 'default', name: 'tus', role: 'DEVELOPER' });
    authorization = `Bearer ${secret}`;
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    count += 1;
    model = `default/t${count}`;
    await bench.ask('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name: `t${count}` });
  });

  const versions = async () => (await bench.ask('query ($m: String!) { model(fullName: $m) { versions(first: 100) { edges { node { number digest sizeBytes } } } } }', { m: model }))
    .data.model.versions.edges.map(({ node }: { node: object }) => node);
  const staged = async (id: string) => (await readdir(path.join(bench.folder, 'uploads')).catch(() => [])).filter((name) => name === id);
  const received = async (id: string) => Number((await bench.ask('query ($id: ID!) { upload(id: $id) { receivedBytes } }', { id })).data.upload.receivedBytes);
  const open = async (bytes: Buffer, more: object = {}) => bench.createUpload({ model, sizeBytes: String(bytes.length), ...more });

  async function ask(method: string, url: string, { body, headers = {} }: { body?: Buffer; headers?: Record<string, string> } = {}) {
    const response = await fetch(url, { method, body, headers: { 'tus-resumable': '1.0.0', ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, code: text ? (JSON.parse(text) as { error: { code: string } }).error.code : null };
  }
  const patch = (url: string, offset: number, body: Buffer, headers: Record<string, string> = {}) => ask('PATCH', url, { body, headers: { 'content-type': PART, 'upload-offset': String(offset), ...headers } });
  const standsAt = async (url: string) => {
    const { status, headers } = await ask('HEAD', url);
    return status === 200 ? Number(headers.get('upload-offset')) : status;
  };
  const digestHeader = (bytes: Buffer, algorithm = 'sha256') => ({ 'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}` });

  /** Sends a part and breaks off once the server has kept `atLeast` bytes of it. */
  async function breakOff(url: string, bytes: Buffer, { id, atLeast, offset = 0, headers = {} }: { id: string; atLeast: number; offset?: number; headers?: Record<string, string> }): Promise<void> {
    const request = http.request(url, { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'content-type': PART, 'upload-offset': String(offset), 'content-length': String(bytes.length), ...headers } });
    request.on('error', () => undefined);
    request.write(bytes.subarray(0, bytes.length - 1));
    await eventually(async () => expect(await received(id)).toBeGreaterThanOrEqual(offset + atLeast));
    request.destroy();
  }

  it('by its own client becomes the version that a PUT would have made, in parts of any size', async () => {
    const bytes = randomBytes(3_000_000);
    const progress: number[] = [];
    const upload = await new Promise<tus.Upload>((resolve, reject) => {
      const made: tus.Upload = new tus.Upload(bytes, {
        endpoint: `${bench.url}/uploads/`, headers: { authorization }, metadata: { model, filename: 'model.onnx', sha256: sha256(bytes) }, chunkSize: 700_000,
        onProgress: (sent) => progress.push(sent), onError: reject, onSuccess: () => resolve(made), storeFingerprintForResuming: false,
      });
      made.start();
    });
    expect(await versions()).toEqual([{ number: 1, digest: sha256(bytes), sizeBytes: '3000000' }]);
    expect(progress.at(-1)).toBe(3_000_000);
    expect(await readdir(path.join(bench.folder, 'uploads'))).toEqual([]);
    const { headers } = await ask('HEAD', upload.url!);
    expect([headers.get('upload-offset'), headers.get('upload-length'), headers.get('upload-metadata')]).toEqual(['3000000', '3000000', expect.stringContaining(`filename ${Buffer.from('model.onnx').toString('base64')}`)]);
    expect(Buffer.from(await (await fetch((await bench.ask('query ($m: String!) { model(fullName: $m) { version(number: 1) { downloadUrl } } }', { m: model })).data.model.version.downloadUrl)).arrayBuffer())).toEqual(bytes);
  });

  it('goes on where it stood when its client died, and another comes with the URL alone', async () => {
    const bytes = randomBytes(8_000_000);
    const { id, url } = await open(bytes, { sha256: sha256(bytes) });
    await breakOff(url, bytes, { id, atLeast: 1_000_000 });
    const stood = await standsAt(url);
    expect(stood).toBeGreaterThanOrEqual(1_000_000);
    expect(await versions()).toEqual([]);
    const sent: number[] = [];
    await new Promise<void>((resolve, reject) => new tus.Upload(bytes, {
      endpoint: `${bench.url}/uploads/`, uploadUrl: url, onError: reject, onSuccess: () => resolve(), onProgress: (at) => sent.push(at), storeFingerprintForResuming: false,
    }).start());
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(stood);
    expect(await versions()).toMatchObject([{ digest: sha256(bytes) }]);
    expect(await received(id)).toBe(bytes.length);
  });

  it('takes its turn from a connection that hangs', async () => {
    const bytes = randomBytes(2_000_000);
    const { id, url } = await open(bytes);
    const hanging = http.request(url, { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'content-type': PART, 'upload-offset': '0', 'content-length': String(bytes.length) } });
    const hung = new Promise((resolve) => { hanging.on('error', resolve); hanging.on('response', (response) => { response.resume(); resolve(response); }); });
    hanging.write(bytes.subarray(0, 1_000_000));
    await eventually(async () => expect(await received(id)).toBe(1_000_000));
    const stood = await standsAt(url);
    expect(stood).toBe(1_000_000);
    expect((await patch(url, stood, bytes.subarray(stood))).status).toBe(204);
    hanging.destroy();
    await hung;
    expect(await versions()).toMatchObject([{ digest: sha256(bytes) }]);
  });

  it('makes one version of many that send its parts at once', async () => {
    const bytes = randomBytes(600_000);
    const { url } = await open(bytes);
    const answers = await Promise.all(Array.from({ length: 8 }, () => patch(url, 0, bytes)));
    for (const { status } of answers) expect([204, 400, 404, 409, 423]).toContain(status);
    for (let stood = await standsAt(url); stood < bytes.length; stood = await standsAt(url)) await patch(url, stood, bytes.subarray(stood));
    expect(await versions()).toEqual([{ number: 1, digest: sha256(bytes), sizeBytes: '600000' }]);
  });

  it('is refused a part that begins elsewhere, goes beyond its end, or is no part', async () => {
    const bytes = randomBytes(1_000);
    const { url } = await open(bytes);
    expect(await patch(url, 10, bytes.subarray(10))).toMatchObject({ status: 409, code: 'UPLOAD_CONFLICT' });
    expect(await patch(url, 0, randomBytes(1_001))).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
    expect((await fetch(url, { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'content-type': PART, 'upload-offset': '0' }, body: Readable.toWeb(Readable.from([randomBytes(600), randomBytes(600)])) as ReadableStream, duplex: 'half' } as RequestInit)).status).toBe(413);
    expect(await patch(url, 0, bytes, { 'content-type': 'application/octet-stream' })).toMatchObject({ status: 415 });
    for (const offset of ['-1', 'x', '1.5', '']) expect(await patch(url, 0, bytes, { 'upload-offset': offset })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    const old = await patch(url, 0, bytes, { 'tus-resumable': '0.2.2' });
    expect([old.status, old.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    expect([await standsAt(url), await versions()]).toEqual([0, []]);
    expect((await patch(url, 0, bytes)).status).toBe(204);
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 409 });
  });

  it.each(['sha1', 'sha256', 'sha512'])('keeps a part only when its %s is right', async (algorithm) => {
    const bytes = randomBytes(2_000);
    const { url } = await open(bytes);
    expect((await patch(url, 0, bytes.subarray(0, 800), digestHeader(bytes.subarray(0, 800), algorithm))).status).toBe(204);
    const flipped = Buffer.from(bytes.subarray(800));
    flipped[77]! ^= 1;
    expect(await patch(url, 800, flipped, digestHeader(bytes.subarray(800), algorithm))).toMatchObject({ status: 460, code: 'UPLOAD_INCOMPLETE' });
    expect([await standsAt(url), await versions()]).toEqual([800, []]);
    expect((await patch(url, 800, bytes.subarray(800), digestHeader(bytes.subarray(800), algorithm))).status).toBe(204);
    expect(await versions()).toMatchObject([{ digest: sha256(bytes) }]);
  });

  it('keeps nothing of a part with a checksum that broke off', async () => {
    const bytes = randomBytes(2_000_000);
    const { id, url } = await open(bytes);
    await breakOff(url, bytes, { id, atLeast: 500_000, headers: digestHeader(bytes) });
    await eventually(async () => expect(await standsAt(url)).toBe(0));
  });

  it.each(['md5 AAAA', 'sha256', 'sha256 !', 'sha256 AAAA BBBB'])('refuses the checksum "%s"', async (checksum) => {
    const { url } = await open(randomBytes(10));
    expect(await patch(url, 0, randomBytes(10), { 'upload-checksum': checksum })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await standsAt(url)).toBe(0);
  });

  it('keeps nothing when all of it is not what was announced, and may begin again', async () => {
    const bytes = randomBytes(5_000);
    const { id, url } = await open(bytes, { sha256: sha256(bytes) });
    const flipped = Buffer.from(bytes);
    flipped[4_999]! ^= 128;
    expect(await patch(url, 0, flipped)).toMatchObject({ status: 400, code: 'UPLOAD_INCOMPLETE' });
    expect([await standsAt(url), await versions(), await staged(id)]).toEqual([0, [], []]);
    expect((await patch(url, 0, bytes)).status).toBe(204);
    expect(await versions()).toHaveLength(1);
  });

  it('is finished by the next who asks when its process died between its last byte and its version', async () => {
    const bytes = randomBytes(5_000);
    const { id, url } = await open(bytes);
    await patch(url, 0, bytes.subarray(0, 4_000));
    // Of another process, which knows nothing of what this one has hashed.
    await new UploadStage(path.join(bench.folder, 'uploads')).append(id, Readable.from([bytes.subarray(4_000)]), { offset: 4_000, maxBytes: 1_000 });
    expect(await versions()).toEqual([]);
    expect(await standsAt(url)).toBe(5_000);
    expect(await versions()).toMatchObject([{ digest: sha256(bytes) }]);
    expect(await staged(id)).toEqual([]);
  });

  it('waits while another process has its turn', async () => {
    const bytes = randomBytes(100);
    const { id, url } = await open(bytes);
    const { source } = bench.fresh.database;
    const other = source.createQueryRunner();
    await other.query('select pg_advisory_lock(hashtextextended($1, 0))', [`upload ${id}`]);
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 423, code: 'UPLOAD_BUSY' });
    await other.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`upload ${id}`]);
    await other.release();
    expect((await patch(url, 0, bytes)).status).toBe(204);
  });

  it('ends with all that had arrived when it is terminated', async () => {
    const bytes = randomBytes(1_000);
    const { id, url } = await open(bytes);
    await patch(url, 0, bytes.subarray(0, 500));
    expect((await ask('DELETE', url)).status).toBe(204);
    expect(await staged(id)).toEqual([]);
    for (const answer of [await ask('HEAD', url), await patch(url, 500, bytes.subarray(500)), await ask('DELETE', url)]) expect(answer.status).toBe(404);
    expect((await bench.put(url, bytes)).status).toBe(404);
  });

  it('cannot be terminated once it is a version', async () => {
    const bytes = randomBytes(1_000);
    const { url } = await open(bytes);
    await patch(url, 0, bytes);
    expect((await ask('DELETE', url)).status).toBe(404);
    expect(await versions()).toHaveLength(1);
  });

  it('expires unless it goes on, and what it left is cleared away', async () => {
    const bytes = randomBytes(1_000);
    const { id, url } = await open(bytes);
    const expiry = (text: string | null) => new Date(text!).getTime();
    const first = expiry((await ask('HEAD', url)).headers.get('upload-expires'));
    await bench.fresh.database.query({ text: `update upload set expires_at = now() + interval '5 seconds' where id = $1`, values: [id] });
    expect(expiry((await patch(url, 0, bytes.subarray(0, 10))).headers.get('upload-expires'))).toBeGreaterThanOrEqual(first);
    await bench.fresh.database.query({ text: `update upload set expires_at = now() - interval '2 days' where id = $1`, values: [id] });
    for (const answer of [await ask('HEAD', url), await patch(url, 10, bytes.subarray(10))]) expect(answer.status).toBe(404);
    const sweeper = new RegistrySweeper({ database: bench.fresh.database, artifacts: bench.artifacts, repositories: bench.repositories, stage: bench.stage, log: silentLog() });
    await sweeper.sweep();
    expect([await staged(id), await bench.stage.sweep(0) > 0, await staged(id)]).toEqual([[id], true, []]);
  });

  it('tells what it can do', async () => {
    const { status, headers } = await ask('OPTIONS', `${bench.url}/uploads/`);
    expect([status, headers.get('tus-version'), headers.get('tus-extension'), headers.get('tus-max-size'), headers.get('tus-checksum-algorithm')])
      .toEqual([204, '1.0.0', 'creation,creation-with-upload,checksum,expiration,termination', '40000000', 'sha1,sha256,sha512']);
    const { url } = await open(randomBytes(10));
    expect((await ask('POST', url, { headers: { 'x-http-method-override': 'PATCH', 'content-type': PART, 'upload-offset': '0' }, body: randomBytes(10) })).status).toBe(204);
    expect((await ask('POST', url)).status).toBe(404);
  });

  const meta = (pairs: Record<string, string>) => Object.entries(pairs).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(',');
  const create = (headers: Record<string, string>, body?: Buffer) => ask('POST', `${bench.url}/uploads/`, { headers: { authorization, ...headers }, body });

  it('is made with its first bytes, also for a file of a draft', async () => {
    const bytes = randomBytes(100);
    const draft = (await bench.ask('mutation ($m: String!) { createVersionDraft(input: { model: $m }) { draft { id } } }', { m: model })).data.createVersionDraft.draft.id;
    const made = await create({ 'upload-length': '100', 'upload-metadata': meta({ model, draft, path: 'weights.bin' }), 'content-type': PART }, bytes);
    expect([made.status, made.headers.get('upload-offset')]).toEqual([201, '100']);
    expect((await bench.ask('query ($id: ID!) { versionDraft(id: $id) { files { path sha256 } } }', { id: draft })).data.versionDraft.files).toEqual([{ path: 'weights.bin', sha256: sha256(bytes) }]);
    expect((await bench.ask('query ($id: ID!) { upload(id: $id) { completedAt version { id } path } }', { id: made.headers.get('modelgraph-upload-id') })).data.upload).toEqual({ completedAt: expect.anything(), version: null, path: 'weights.bin' });
  });

  it.each<[string, () => Record<string, string>, number]>([
    ['no length', () => ({ 'upload-metadata': meta({ model }) }), 400],
    ['a length of nothing', () => ({ 'upload-length': '0', 'upload-metadata': meta({ model }) }), 400],
    ['more than is allowed', () => ({ 'upload-length': '40000001', 'upload-metadata': meta({ model }) }), 413],
    ['no model', () => ({ 'upload-length': '10' }), 404],
    ['a model that is none', () => ({ 'upload-length': '10', 'upload-metadata': meta({ model: 'default/none' }) }), 404],
    ['a path that leads out', () => ({ 'upload-length': '10', 'upload-metadata': meta({ model, path: '../x', draft: 'x' }) }), 404],
    ['metadata that is none', () => ({ 'upload-length': '10', 'upload-metadata': `model ${'!'.repeat(8)}` }), 400],
    ['metadata twice', () => ({ 'upload-length': '10', 'upload-metadata': `${meta({ model })},${meta({ model })}` }), 400],
    ['metadata without end', () => ({ 'upload-length': '10', 'upload-metadata': `model ${'A'.repeat(9_000)}` }), 400],
  ])('is not made with %s', async (_what, headers, status) => {
    const before = await bench.fresh.database.query({ text: 'select 1 from upload', values: [] });
    expect((await create(headers())).status).toBe(status);
    expect(await bench.fresh.database.query({ text: 'select 1 from upload', values: [] })).toHaveLength(before.length);
  });

  it('is not made by a stranger', async () => {
    const response = await fetch(`${bench.url}/uploads/`, { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': meta({ model }) } });
    expect(response.status).toBe(404);
  });
});
