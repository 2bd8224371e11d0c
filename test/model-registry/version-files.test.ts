import { createHash, randomBytes } from 'node:crypto';
import { makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { externalDataModel, identityModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

const DRAFT = 'mutation ($model: String!) { createVersionDraft(input: { model: $model }) { draft { id } } }';
const PUBLISH = 'mutation ($draft: ID!) { publishVersion(input: { draft: $draft }) { version { id number } } }';
const UPLOAD = 'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url path } } }';
const FILES = 'query ($m: String!, $n: Int) { model(fullName: $m) { version(number: $n) { state commit digest inspection { code message } files { path sizeBytes sha256 downloadUrl } } } }';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const WEIGHTS = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);

describe('a version of several files', () => {
  let bench: RegistryBench;
  let model: string;
  let count = 0;
  const developer = makeCaller({ default: 'DEVELOPER' });

  beforeAll(async () => { bench = await openRegistry({ inspects: true }); });
  afterAll(() => bench.close());
  beforeEach(async () => {
    count += 1;
    model = `default/f${count}`;
    await bench.ask('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name: `f${count}` });
  });

  const makeDraft = async () => (await bench.ask(DRAFT, { model }, developer)).data.createVersionDraft.draft.id as string;
  const upload = (draft: string, path: string, announced: object = {}) => bench.ask(UPLOAD, { input: { model, draft, path, ...announced } }, developer);
  const send = async (draft: string, path: string, bytes: Buffer, announced: object = {}) => bench.put((await upload(draft, path, announced)).data.createUpload.upload.url, bytes);
  const publish = (draft: string, caller = developer) => bench.ask(PUBLISH, { draft }, caller);
  const versionOf = async (number: number | null = 1) => (await bench.ask(FILES, { m: model, n: number })).data.model.version;
  const ended = async (number = 1) => {
    await eventually(async () => expect((await versionOf(number)).state).not.toBe('INSPECTING'), { timeoutMs: 30_000 });
    return versionOf(number);
  };
  async function published(files: Record<string, Buffer>): Promise<number> {
    const draft = await makeDraft();
    for (const [path, bytes] of Object.entries(files)) expect((await send(draft, path, bytes)).status).toBe(201);
    const { data, messages } = await publish(draft);
    expect(messages).toEqual([]);
    return data.publishVersion.version.number;
  }

  it('becomes READY with external data, and gives each file to who may see it', async () => {
    const files = { 'onnx/model.onnx': externalDataModel('weights.bin'), 'onnx/weights.bin': WEIGHTS, 'labels.txt': Buffer.from('cat\ndog\n'), 'README.md': Buffer.from('# Card\n') };
    await published(files);
    const { state, files: shown } = await ended();
    expect(state).toBe('READY');
    expect(shown.map(({ path }: { path: string }) => path)).toEqual(['onnx/model.onnx', 'README.md', 'labels.txt', 'onnx/weights.bin']);
    for (const { path, sizeBytes, sha256: digest, downloadUrl } of shown) {
      const bytes = files[path as keyof typeof files];
      expect([sizeBytes, digest]).toEqual([String(bytes.length), sha256(bytes)]);
      expect(Buffer.from(await (await fetch(downloadUrl)).arrayBuffer())).toEqual(bytes);
      expect((await fetch(downloadUrl.replace(/\/[^/]+\?/, '/model.onnx?'))).status).toBe(path === 'onnx/model.onnx' ? 200 : 404);
    }
  });

  it('is nowhere until it is published, and then only once', async () => {
    const draft = await makeDraft();
    await send(draft, 'model.onnx', identityModel());
    expect(await versionOf()).toBeNull();
    const answers = await Promise.all([publish(draft), publish(draft), publish(draft)]);
    expect(answers.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ codes }) => codes)).toEqual(['UPLOAD_NOT_FOUND', 'UPLOAD_NOT_FOUND']);
    expect((await upload(draft, 'late.bin')).codes).toEqual(['UPLOAD_NOT_FOUND']);
    const shown = await bench.ask('query ($id: ID!) { versionDraft(id: $id) { files { path } version { number } } }', { id: draft }, developer);
    expect(shown.data.versionDraft).toEqual({ files: [], version: { number: 1 } });
  });

  it('takes no file any more whose upload ends after it was published', async () => {
    const draft = await makeDraft();
    await send(draft, 'model.onnx', identityModel());
    const late = (await upload(draft, 'late.bin')).data.createUpload.upload.url;
    await publish(draft);
    expect(await bench.put(late, WEIGHTS)).toMatchObject({ status: 404, body: { error: { code: 'UPLOAD_NOT_FOUND' } } });
    expect((await versionOf()).files).toHaveLength(1);
  });

  it('needs a model, and to know which', async () => {
    const draft = await makeDraft();
    await send(draft, 'weights.bin', WEIGHTS);
    expect((await publish(draft)).codes).toEqual(['BAD_USER_INPUT']);
    for (const name of ['a.onnx', 'b.onnx']) await send(draft, name, identityModel());
    expect((await publish(draft)).messages).toEqual([expect.stringContaining('model.onnx')]);
    await send(draft, 'model.onnx', identityModel());
    expect((await publish(draft)).codes).toEqual([]);
  });

  it.each([
    ['../x.onnx'], ['/etc/passwd'], ['a\\b'], ['.git/config'], ['\uFF0E\uFF0E/x'], ['a\u202Eb'], [''],
  ])('has no file at "%s"', async (path) => {
    expect((await upload(await makeDraft(), path)).codes).toEqual(['BAD_USER_INPUT']);
    expect(await bench.fresh.database.query({ text: 'select 1 from upload where path = $1', values: [path] })).toEqual([]);
  });

  it('has no path twice, however its case, nor a file where a folder is; of two that race one is kept', async () => {
    const draft = await makeDraft();
    const urls = await Promise.all(['a/weights.bin', 'A/WEIGHTS.bin', 'a'].map(async (path) => (await upload(draft, path)).data.createUpload.upload.url));
    const answers = await Promise.all(urls.map((url) => bench.put(url, WEIGHTS)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    const kept = await bench.ask('query ($id: ID!) { versionDraft(id: $id) { files { path } } }', { id: draft }, developer);
    expect(kept.data.versionDraft.files).toHaveLength(1);
    expect((await upload(draft, kept.data.versionDraft.files[0].path)).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is no one else\'s', async () => {
    const draft = await makeDraft();
    const stranger = makeCaller({ other: 'ADMIN' });
    expect((await publish(draft, stranger)).codes).toEqual(['UPLOAD_NOT_FOUND']);
    expect((await publish(draft, makeCaller({ default: 'CALLER' }))).codes).toEqual(['UPLOAD_NOT_FOUND']);
    expect((await bench.ask('query ($id: ID!) { versionDraft(id: $id) { id } }', { id: draft }, stranger)).data.versionDraft).toBeNull();
    await bench.ask('mutation { createModel(input: { name: "elsewhere" }) { model { id } } }');
    expect((await bench.ask(UPLOAD, { input: { model: 'default/elsewhere', draft, path: 'x.bin' } }, developer)).codes).toEqual(['UPLOAD_NOT_FOUND']);
    for (const half of [{ draft }, { path: 'x.bin' }]) expect((await bench.ask(UPLOAD, { input: { model, ...half } }, developer)).codes).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    ['is not there', { 'model.onnx': externalDataModel('weights.bin') }, /does not hold/],
    ['is cut short', { 'model.onnx': externalDataModel('weights.bin'), 'weights.bin': WEIGHTS.subarray(1) }, /cut short/],
    ['lies in another folder', { 'onnx/model.onnx': externalDataModel('weights.bin'), 'weights.bin': WEIGHTS }, /does not hold/],
    ['leads out of the version', { 'onnx/model.onnx': externalDataModel('../weights.bin'), 'weights.bin': WEIGHTS }, /outside/],
    ['is the memory of the runtime', { 'model.onnx': externalDataModel('*/_ORT_MEM_ADDR_/*', { offset: 4096, length: 16 }) }, /outside|does not hold/],
  ])('is REJECTED when its external data %s', async (_what, files, message) => {
    await published(files as Record<string, Buffer>);
    expect(await ended()).toMatchObject({ state: 'REJECTED', inspection: { code: 'MODEL_INVALID', message: expect.stringMatching(message) } });
  });

  it('keeps what lies beside the model when the model alone comes anew by PUT', async () => {
    await published({ 'net.onnx': identityModel(), 'labels.txt': Buffer.from('cat\n') });
    await bench.push(model, identityModel('FP32', ['n', 2]));
    expect((await versionOf(2)).files.map(({ path }: { path: string }) => path)).toEqual(['net.onnx', 'labels.txt']);
    expect(await published({ 'model.onnx': identityModel() })).toBe(3);
    expect((await versionOf(3)).files.map(({ path }: { path: string }) => path)).toEqual(['model.onnx']);
  });

  it('takes no Git LFS pointer for the file that it names', async () => {
    const pointer = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(WEIGHTS)}\nsize 16\n`);
    expect(await send(await makeDraft(), 'weights.bin', pointer)).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT' } } });
  });

  it('takes only bytes that are what was announced', async () => {
    const draft = await makeDraft();
    const bytes = randomBytes(2_000);
    const flipped = Buffer.from(bytes);
    flipped[777]! ^= 4;
    for (const wrong of [flipped, bytes.subarray(0, 1_999)]) {
      expect(await send(draft, 'weights.bin', wrong, { sha256: sha256(bytes), sizeBytes: String(bytes.length) })).toMatchObject({ status: 400, body: { error: { code: 'UPLOAD_INCOMPLETE' } } });
    }
    expect((await send(draft, 'weights.bin', bytes, { sha256: sha256(bytes) })).status).toBe(201);
  });
});
