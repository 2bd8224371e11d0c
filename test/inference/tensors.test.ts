import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PathSigner } from '../../platform/bytes/path-signer';
import type { ByteReply } from '../../platform/bytes/byte-route';
import { newId } from '../../platform/uuid';
import { ask, makeCaller } from '../support/ask';
import { openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

const UPLOAD = 'mutation ($input: CreateTensorUploadInput!) { createTensorUpload(input: $input) { blob url method expiresAt } }';
const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id items { edges { node { inputs { name json base64 url } } } } } } }';
const ROWS = 10_000;

describe('tensors outside the rows', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  const bytes = (count: number, fill = 7) => Buffer.alloc(count, fill);
  const announce = async (input: object) => (await ask(bench.subgraph, UPLOAD, { variables: { input } })).data.createTensorUpload as { blob: string; url: string; method: string };
  const exchange = (method: string, url: string, body: Readable | Buffer = Buffer.alloc(0), headers: object = {}): Promise<ByteReply> => bench.subgraph.bytes!({
    ...{ method, path: url.replace('http://gateway.test', ''), headers: headers as never, signal: new AbortController().signal, scope: SCOPE },
    body: Buffer.isBuffer(body) ? Readable.from(body.length > 0 ? [body] : []) : body,
  });
  const refusal = async (work: Promise<unknown>) => work.then(() => 'accepted', (error: { code: string }) => error.code);
  const item = (overrides: object) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [ROWS, 2], ...overrides }] });

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
  });
  afterAll(() => bench.close());

  it('are uploaded once, referred to by a job, and read back through a signed URL', async () => {
    const upload = await announce({ datatype: 'FP32', shape: [ROWS, 2] });
    expect(upload).toMatchObject({ method: 'PUT', url: expect.stringMatching(/^http:\/\/gateway\.test\/tensors\/[\w-]{43}$/) as string });
    expect(await exchange('PUT', upload.url, bytes(ROWS * 8))).toEqual({ status: 204 });
    expect(await refusal(exchange('PUT', upload.url, bytes(ROWS * 8)))).toBe('UPLOAD_NOT_FOUND');
    const { data } = await ask(bench.subgraph, SUBMIT, { variables: { input: { deployment: deployed.fullName, items: [item({ blob: upload.blob })] } } });
    const [tensor] = data.submitInference.job.items.edges[0].node.inputs;
    expect(tensor).toMatchObject({ name: 'x', json: null, base64: null, url: expect.stringContaining('/tensors/') as string });
    const reply = await exchange('GET', tensor.url);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-length': String(ROWS * 8), 'x-tensor-datatype': 'FP32', 'x-tensor-shape': `${ROWS},2` } });
    expect((await buffer(reply.body as Readable)).equals(bytes(ROWS * 8))).toBe(true);
    const part = await exchange('GET', tensor.url, undefined, { range: 'bytes=79990-99999' });
    expect(part).toMatchObject({ status: 206, headers: { 'content-length': '10', 'content-range': `bytes 79990-79999/${ROWS * 8}` } });
    expect((await buffer(part.body as Readable)).equals(bytes(10))).toBe(true);
    await expect(exchange('GET', tensor.url, undefined, { range: 'bytes=80000-' })).rejects.toMatchObject({ code: 'RANGE_NOT_SATISFIABLE', details: { sizeBytes: ROWS * 8 } });
    expect(await bench.database.query({ text: `select action from audit_event where subject_id = $1`, values: [upload.blob] })).toEqual([{ action: 'createTensorUpload' }]);
  });

  it.each([
    ['too few bytes', 'UPLOAD_INCOMPLETE', () => bytes(ROWS * 8 - 1), {}],
    ['too many bytes', 'UPLOAD_TOO_LARGE', () => bytes(ROWS * 8 + 1), {}],
    ['an announced length that is wrong', 'UPLOAD_TOO_LARGE', () => bytes(1), { 'content-length': String(ROWS * 9) }],
    ['a body that breaks off', 'UPLOAD_INCOMPLETE', () => Readable.from((function* () { yield bytes(100); throw new Error('aborted'); })()), {}],
  ])('refuse %s with %s, keep nothing, and take the whole body afterwards', async (_title, code, body, headers) => {
    const upload = await announce({ datatype: 'FP32', shape: [ROWS, 2] });
    expect(await refusal(exchange('PUT', upload.url, body(), headers))).toBe(code);
    expect(await refusal(bench.services.tensors.read(upload.blob))).toBe('TENSOR_NOT_FOUND');
    expect(await exchange('PUT', upload.url, bytes(ROWS * 8))).toEqual({ status: 204 });
  });

  it('are taken from one of two uploads that come at once', async () => {
    const upload = await announce({ datatype: 'UINT8', shape: [70_000] });
    const outcomes = await Promise.all([1, 2, 3].map((fill) => exchange('PUT', upload.url, bytes(70_000, fill)).then(() => fill, () => 0)));
    const winners = outcomes.filter(Boolean);
    expect(winners).toHaveLength(1);
    expect((await bench.services.tensors.read(upload.blob))[0]).toBe(winners[0]);
  });

  it('of BYTES and BOOL are checked element by element', async () => {
    const text = await announce({ datatype: 'BYTES', shape: [2] });
    expect(await refusal(exchange('PUT', text.url, Buffer.from([1, 0, 0, 0, 65])))).toBe('ELEMENT_COUNT_MISMATCH');
    expect(await exchange('PUT', text.url, Buffer.from([1, 0, 0, 0, 65, 0, 0, 0, 0]))).toEqual({ status: 204 });
    const flags = await announce({ datatype: 'BOOL', shape: [2] });
    expect(await refusal(exchange('PUT', flags.url, Buffer.from([1, 2])))).toBe('TENSOR_INVALID');
  });

  it('must be what the item says, of the same namespace and uploaded', async () => {
    const code = async (overrides: object) => (await ask(bench.subgraph, SUBMIT, { variables: { input: { deployment: deployed.fullName, items: [item(overrides)] } } })).codes;
    const pending = await announce({ datatype: 'FP32', shape: [ROWS, 2] });
    const foreign = await announce({ namespace: 'other', datatype: 'FP32', shape: [ROWS, 2] });
    const transposed = await announce({ datatype: 'FP32', shape: [2, ROWS] });
    for (const { url } of [foreign, transposed]) await exchange('PUT', url, bytes(ROWS * 8));
    for (const { blob } of [pending, foreign]) expect(await code({ blob })).toEqual(['TENSOR_NOT_FOUND']);
    expect(await code({ blob: transposed.blob })).toEqual(['SHAPE_MISMATCH']);
  });

  it('are given to nobody with a wrong, changed or expired signature', async () => {
    const upload = await announce({ datatype: 'UINT8', shape: [70_000] });
    await exchange('PUT', upload.url, bytes(70_000));
    const [expires, past] = [Date.now() + 60_000, Date.now() - 1];
    const signer = new PathSigner(bench.database, 'tensor-url');
    const good = await signer.sign(`/tensors/${upload.blob}`, new Date(expires));
    const other = await announce({ datatype: 'UINT8', shape: [70_000] });
    const wrong = [
      `/tensors/${upload.blob}`, good.replace(/signature=.*/, 'signature=AAAA'), good.replace(String(expires), String(expires + 1)),
      good.replace(upload.blob, other.blob), good.replace(upload.blob, newId()), await signer.sign(`/tensors/${upload.blob}`, new Date(past)),
    ];
    for (const url of wrong) expect(await refusal(exchange('GET', url))).toBe('TENSOR_NOT_FOUND');
    expect((await buffer((await exchange('GET', good)).body as Readable)).length).toBe(70_000);
    await bench.database.query({ text: `update tensor_blob set expires_at = now() - interval '1 s' where id = $1`, values: [upload.blob] });
    expect(await refusal(exchange('GET', good))).toBe('TENSOR_NOT_FOUND');
  });

  it('are announced by callers of the namespace alone, within the limit', async () => {
    const codes = async (input: object, roles: Record<string, 'VIEWER' | 'CALLER'>) => (await ask(bench.subgraph, UPLOAD, { caller: makeCaller(roles), variables: { input } })).codes;
    const input = { datatype: 'UINT8', shape: [4] };
    expect(await codes(input, { other: 'CALLER' })).toEqual(['NAMESPACE_NOT_FOUND']);
    expect(await codes(input, { default: 'VIEWER' })).toEqual(['FORBIDDEN']);
    expect(await codes(input, { default: 'CALLER' })).toEqual([]);
    expect(await codes({ datatype: 'FP64', shape: [1_000_000] }, { default: 'CALLER' })).toEqual(['UPLOAD_TOO_LARGE']);
    expect(await codes({ datatype: 'FP64', shape: [-1] }, { default: 'CALLER' })).toEqual(['TENSOR_INVALID']);
  });

  it('block the retry of a job once they have expired', async () => {
    const upload = await announce({ datatype: 'FP32', shape: [ROWS, 2] });
    await exchange('PUT', upload.url, bytes(ROWS * 8));
    const { data } = await ask(bench.subgraph, SUBMIT, { variables: { input: { deployment: deployed.fullName, items: [item({ blob: upload.blob })] } } });
    const { id } = data.submitInference.job;
    await bench.services.jobs.cancel(SCOPE, id);
    await bench.database.query({ text: `update tensor_blob set expires_at = now() - interval '1 s' where id = $1`, values: [upload.blob] });
    await expect(bench.services.jobs.retry(SCOPE, id)).rejects.toMatchObject({ code: 'JOB_NOT_RETRYABLE' });
  });
});
