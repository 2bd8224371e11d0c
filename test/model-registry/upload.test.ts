import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import v8 from 'node:v8';
import vm from 'node:vm';
import { eventually } from '../support/eventually';
import { openRegistry, type RegistryBench } from '../support/registry';

const MEBIBYTE = 1_048_576;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

describe('uploads', () => {
  let bench: RegistryBench;
  let model: string;
  let count = 0;

  beforeAll(async () => { bench = await openRegistry(); });
  afterAll(() => bench.close());
  beforeEach(async () => {
    count += 1;
    model = `default/m${count}`;
    expect((await bench.ask('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name: `m${count}` })).codes).toEqual([]);
  });

  const versions = async () => (await bench.ask('query ($m: String!) { model(fullName: $m) { versions(first: 100) { edges { node { number digest sizeBytes state } } } } }', { m: model }))
    .data.model.versions.edges.map(({ node }: { node: object }) => node);
  const leftovers = () => readdir(path.join(bench.folder, 'incoming')).catch(() => []);
  const chunked = (...parts: Buffer[]) => Readable.toWeb(Readable.from(parts)) as ReadableStream;

  it('become a version with the next number when the last byte has arrived', async () => {
    const bytes = randomBytes(100_000);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const { id, url } = await bench.createUpload({ model, sizeBytes: String(bytes.length), sha256: digest.toUpperCase() });
    expect(await versions()).toEqual([]);
    const { status, body } = await bench.put(url, bytes);
    expect({ status, body }).toEqual({ status: 201, body: { versionId: body.versionId, number: 1, digest, sizeBytes: 100_000, state: 'INSPECTING' } });
    expect(await versions()).toEqual([{ number: 1, digest, sizeBytes: '100000', state: 'INSPECTING' }]);
    expect((await bench.ask('query ($id: ID!) { upload(id: $id) { url method version { id } } }', { id })).data.upload).toEqual({ url: null, method: 'PUT', version: { id: body.versionId } });
  });

  it('leave nothing when the connection breaks, and the same URL may be tried again', async () => {
    const { url } = await bench.createUpload({ model });
    await new Promise<void>((resolve) => {
      const request = http.request(url, { method: 'PUT', headers: { 'content-length': '200000' } });
      request.on('error', () => resolve());
      request.write(randomBytes(100_000), () => request.destroy(new Error('pulled the plug')));
    });
    await eventually(async () => expect(await leftovers()).toEqual([]));
    expect(await versions()).toEqual([]);
    expect((await bench.put(url, randomBytes(10))).body).toMatchObject({ number: 1 });
  });

  it('are spent by one success', async () => {
    const { url } = await bench.createUpload({ model });
    expect((await bench.put(url, randomBytes(10))).status).toBe(201);
    expect(await bench.put(url, randomBytes(10))).toMatchObject({ status: 404, body: { error: { code: 'UPLOAD_NOT_FOUND' } } });
    expect(await versions()).toHaveLength(1);
  });

  it('make one version of two bodies that race for one URL', async () => {
    const { url } = await bench.createUpload({ model });
    const answers = await Promise.all([1, 2, 3].map(() => bench.put(url, randomBytes(200_000))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404, 404]);
    expect(await versions()).toHaveLength(1);
  });

  it('number the versions of a model without gaps, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => bench.push(model, randomBytes(1_000))));
    expect(answers.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect((await versions()).map(({ number }: { number: number }) => number)).toEqual(Array.from({ length: 12 }, (_, index) => 12 - index));
  });

  it.each([
    ['a body shorter than announced', { sizeBytes: '11' }, 400, 'UPLOAD_INCOMPLETE'],
    ['a body longer than announced', { sizeBytes: '9' }, 400, 'UPLOAD_INCOMPLETE'],
    ['a body with another digest than announced', { sha256: '0'.repeat(64) }, 400, 'UPLOAD_INCOMPLETE'],
  ])('refuse %s and keep nothing, with and without a content-length', async (_what, announced, status, code) => {
    const { url } = await bench.createUpload({ model, ...announced });
    for (const body of [randomBytes(10), chunked(randomBytes(5), randomBytes(5))]) {
      expect(await bench.put(url, body)).toMatchObject({ status, body: { error: { code } } });
    }
    expect([await versions(), await leftovers()]).toEqual([[], []]);
  });

  it('refuse an empty body', async () => {
    const { url } = await bench.createUpload({ model });
    expect(await bench.put(url, Buffer.alloc(0))).toMatchObject({ status: 400, body: { error: { code: 'UPLOAD_INCOMPLETE' } } });
  });

  it('refuse a body above the limit, by its header or while it comes', async () => {
    const { url } = await bench.createUpload({ model });
    const tooMuch = Array.from({ length: 5 }, () => randomBytes(MEBIBYTE));
    for (const body of [Buffer.concat(tooMuch), chunked(...tooMuch)]) {
      expect(await bench.put(url, body)).toMatchObject({ status: 413, body: { error: { code: 'UPLOAD_TOO_LARGE' } } });
    }
    expect([await versions(), await leftovers()]).toEqual([[], []]);
  });

  it('refuse an expired and an unknown URL', async () => {
    const { id, url } = await bench.createUpload({ model });
    await bench.fresh.database.query({ text: `update upload set expires_at = now() - interval '1 second' where id = $1`, values: [id] });
    for (const wrong of [url, `${url}x`, `${url.slice(0, -5)}`, `${url}/more`]) {
      expect(await bench.put(wrong, randomBytes(10))).toMatchObject({ status: 404, body: { error: { code: 'UPLOAD_NOT_FOUND' } } });
    }
  });

  it('keep their token out of the database', async () => {
    const token = (await bench.createUpload({ model })).url.split('/').at(-1)!;
    const rows = await bench.fresh.database.query<{ text: string }>({ text: 'select u::text as text from upload u union all select e::text from audit_event e', values: [] });
    expect(rows.filter(({ text }) => text.includes(token))).toEqual([]);
  });

  it('are not handed out for an announcement that cannot be right, nor for an archived model', async () => {
    const create = 'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }';
    const codesOf = async (input: object) => (await bench.ask(create, { input: { model, ...input } })).codes;
    expect(await codesOf({ sizeBytes: '0' })).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf({ sha256: 'abc' })).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf({ sizeBytes: '4000001' })).toEqual(['UPLOAD_TOO_LARGE']);
    const { url } = await bench.createUpload({ model });
    await bench.ask('mutation ($m: String!) { archiveModel(input: { model: $m }) { model { id } } }', { m: model });
    expect(await codesOf({})).toEqual(['MODEL_ARCHIVED']);
    expect(await bench.put(url, randomBytes(10))).toMatchObject({ status: 409, body: { error: { code: 'MODEL_ARCHIVED' } } });
    expect(await versions()).toEqual([]);
  });
});

/** What is still referenced once the garbage is gone. */
function retainedBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

describe('an upload of 300 MiB', () => {
  let bench: RegistryBench;
  beforeAll(async () => { bench = await openRegistry({ maxBytes: 400 * MEBIBYTE }); });
  afterAll(() => bench.close());

  it('streams through in flat memory', async () => {
    await bench.ask('mutation { createModel(input: { name: "big" }) { model { id } } }');
    const { url } = await bench.createUpload({ model: 'default/big' });
    const block = randomBytes(MEBIBYTE);
    const before = retainedBytes();
    let [sent, peakBytes] = [0, 0];
    const body = new ReadableStream({
      pull(controller) {
        if (sent % 30 === 0) peakBytes = Math.max(peakBytes, retainedBytes());
        sent += 1;
        if (sent > 300) controller.close();
        else controller.enqueue(block);
      },
    });
    expect((await bench.put(url, body)).body).toMatchObject({ sizeBytes: 300 * MEBIBYTE });
    // Client and server share this process: both together hold buffers of a few mebibytes.
    expect(peakBytes - before).toBeLessThan(40 * MEBIBYTE);
  });
});
