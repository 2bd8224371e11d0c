import http from 'node:http';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker } from '../support/attacker';
import { eventually } from '../support/eventually';
import { addModel, countingModel, endlessModel, identityModel } from '../support/onnx';
import { isAlive, untilRunnerComputes } from '../support/runner-processes';
import { BAD_OIP } from './oip.corpus';

/** The codecs of all of them are tested beside `oip.request.ts`; these differ in how the runtime takes them. */
const DATATYPES = ['BOOL', 'INT64', 'FP16', 'BYTES'] as const;

let platform: PlatformProcess;
let attacker: Attacker;

beforeAll(async () => {
  platform = await startPlatform();
  attacker = new Attacker(platform.url);
  await attacker.deploy('default/pair', identityModel('FP32', ['n', 2]));
}, 120_000);
afterAll(() => platform?.stop());

interface OipAnswer {
  status: number;
  headers: Headers;
  json: Record<string, unknown> & { error?: string; code?: string; outputs?: { name: string; datatype: string; shape: number[]; data?: unknown[]; parameters?: object }[] };
  binary: Buffer;
}

async function call(path: string, options: { body?: string | Uint8Array; headers?: Record<string, string>; method?: string } = {}): Promise<OipAnswer> {
  const { body, headers = {}, method = body === undefined ? 'GET' : 'POST' } = options;
  const response = await fetch(`${platform.url}/v2${path}`, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }) });
  const bytes = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length);
  return { status: response.status, headers: response.headers, json: JSON.parse(bytes.subarray(0, length).toString() || '{}') as OipAnswer['json'], binary: bytes.subarray(length) };
}

const infer = (model: string, request: object): Promise<OipAnswer> => call(`/models/${model}/infer`, { body: JSON.stringify(request) });

function inferBinary(model: string, input: object, data: Uint8Array, request: object = {}): Promise<OipAnswer> {
  const head = JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: data.byteLength } }], parameters: { binary_data_output: true }, ...request });
  return call(`/models/${model}/infer`, { body: Buffer.concat([Buffer.from(head), data]), headers: { 'inference-header-content-length': String(head.length) } });
}

describe('the Open Inference Protocol', () => {
  it('tells of the server, its health, and a model under both spellings of its name', async () => {
    expect((await call('')).json).toEqual({ name: 'modelgraph', version: '2', extensions: ['binary_tensor_data', 'classification', 'generate', 'model_repository', 'statistics'] });
    expect((await call('/health/live')).json).toEqual({ live: true });
    expect((await call('/health/ready')).json).toEqual({ ready: true });
    const metadata = {
      name: 'default/pair', versions: ['1'], platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }], outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
    };
    for (const path of ['default/pair', 'default%2Fpair', 'default/pair/versions/1']) expect((await call(`/models/${path}`)).json).toEqual(metadata);
    expect((await call('/models/default/pair/ready')).json).toEqual({ name: 'default/pair', ready: true });
  });

  it('answers JSON with JSON, echoes the id, and says where the time went', async () => {
    const answer = await infer('default/pair', { id: 'mine', inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [[1, 2], [3, 4]] }], outputs: [{ name: 'y' }] });
    expect(answer.json).toEqual({
      model_name: 'default/pair', model_version: '1', id: 'mine', outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }],
    });
    expect(answer.headers.get('server-timing')).toMatch(/^queue;dur=[\d.]+, batch;dur=[\d.]+, compute;dur=[\d.]+$/);
  });

  it('takes binary tensors and gives them, bit for bit, also where it is asked for one of them only', async () => {
    const data = Buffer.from(new Float32Array([1.5, -0, NaN, Infinity]).buffer);
    const input = { name: 'x', datatype: 'FP32', shape: [2, 2] };
    const { json, binary, headers } = await inferBinary('default/pair', input, data);
    expect(json.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } }]);
    expect(binary.equals(data)).toBe(true);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    const named = await inferBinary('default/pair', input, data, { outputs: [{ name: 'y', parameters: { binary_data: false } }] });
    expect(named.json.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [1.5, 0, 'NaN', 'Infinity'] }]);
  });

  it('takes a bare tensor where the model leaves no doubt about its shape', async () => {
    const data = Buffer.from(new Float32Array([1, 2, 3, 4]).buffer);
    const answer = await call('/models/default/pair/infer', { body: data, headers: { 'inference-header-content-length': '0' } });
    expect(answer.json.outputs).toMatchObject([{ shape: [2, 2] }]);
    expect(answer.binary.equals(data)).toBe(true);
  });

  it('serves what is too large for a GraphQL request', async () => {
    const data = Buffer.alloc(4 * 1_048_576, 7);
    const { binary } = await inferBinary('default/pair', { name: 'x', datatype: 'FP32', shape: [data.length / 8, 2] }, data);
    expect(binary.equals(data)).toBe(true);
  });

  it.each(DATATYPES)('carries %s both ways', async (datatype) => {
    const name = `of-${datatype.toLowerCase()}`;
    await attacker.deploy(`default/${name}`, identityModel(datatype));
    const values = datatype === 'BYTES' ? ['a', '😀'] : datatype === 'BOOL' ? [true, false] : [1, 100];
    const input = { name: 'x', datatype, shape: [2] };
    expect((await infer(`default/${name}`, { inputs: [{ ...input, data: values }] })).json.outputs).toEqual([{ name: 'y', datatype, shape: [2], data: values }]);
    const { binary } = await infer(`default/${name}`, { inputs: [{ ...input, data: values }], outputs: [{ name: 'y', parameters: { binary_data: true } }] });
    expect((await inferBinary(`default/${name}`, input, binary)).binary.equals(binary)).toBe(true);
  });

  it('adds up what a model adds up', async () => {
    await attacker.deploy('default/add', addModel(2));
    const half = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, 2], data });
    const { json } = await call('/models/default/add');
    const names = (json['inputs'] as { name: string }[]).map(({ name }) => name);
    const { json: answer } = await infer('default/add', { inputs: names.map((name, index) => half(name, [index + 1, 10])) });
    expect(answer.outputs![0]!.data).toEqual(names.length === 2 ? [3, 20] : expect.any(Array));
  });
});

describe('a bad request', () => {
  it.each(BAD_OIP.map((bad) => [bad.title, bad] as const))('is refused with 4xx and a code: %s', async (_title, { body, headers, code }) => {
    const answer = await call('/models/default/pair/infer', { body, headers });
    expect([answer.json.code, answer.json.error]).toEqual([code, expect.stringMatching(/\w/)]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it.each([
    ['/models/default/none/infer', 'POST', 404], ['/models/none/pair/infer', 'POST', 404], ['/models/default/pair/versions/2/infer', 'POST', 404], ['/models/default/pair/versions//infer', 'POST', 400],
    ['/models/default/pair/explain', 'POST', 400], ['/models/default', 'GET', 400], ['/models', 'GET', 400], ['/nothing', 'GET', 400],
    ['/models/default/pair/infer', 'GET', 400], ['/models/default/pair', 'POST', 400], ['/models/%2e%2e%2f%2e%2e/infer', 'POST', 404], [`/models/default/${'x'.repeat(5_000)}`, 'GET', 404],
  ])('for %s by %s is answered %i', async (path, method, status) => {
    const answer = await call(path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect([answer.status, answer.json]).toEqual([status, { error: expect.any(String), code: expect.any(String) }]);
  });

  it('that breaks off in the middle of its body leaves nothing behind', async () => {
    const { port } = new URL(platform.url);
    const cut = http.request({ port, path: '/v2/models/default/pair/infer', method: 'POST', headers: { 'content-length': '1000' } });
    cut.on('error', () => undefined);
    cut.write('{"inputs":');
    await new Promise<void>((resolve) => { cut.once('close', resolve).once('socket', (socket) => socket.once('connect', () => cut.destroy())); });
    expect((await infer('default/pair', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] })).status).toBe(200);
  });
});

describe('versions and aliases in the path', () => {
  it('name the version of the model that is served, and no other', async () => {
    await attacker.ask('mutation { setAlias(input: { model: "default/pair", alias: "best", version: 1 }) { alias { name } } }');
    const request = { body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }) };
    for (const version of ['1', 'best']) {
      expect((await call(`/models/default/pair/versions/${version}`)).json).toMatchObject({ versions: ['1'] });
      expect((await call(`/models/default/pair/versions/${version}/ready`)).json).toEqual({ name: 'default/pair', ready: true });
      expect((await call(`/models/default/pair/versions/${version}/infer`, request)).json).toMatchObject({ model_version: '1' });
    }
    expect((await call('/models/default/pair/versions/worst/infer', request)).json.code).toBe('ALIAS_NOT_FOUND');
    expect((await call('/models/default/pair/versions/2/infer', request)).json.code).toBe('VERSION_NOT_FOUND');
    expect((await call('/models/default/pair/versions/2/ready')).status).toBe(404);
  });
});

describe('the extensions', () => {
  const good = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [0.25, 0.75, 3, 2] }] };

  it('classification gives the best classes, as JSON and as bytes', async () => {
    const wish = (parameters: object) => ({ ...good, outputs: [{ name: 'y', parameters }] });
    expect((await infer('default/pair', wish({ classification: 1 }))).json.outputs).toEqual([{ name: 'y', datatype: 'BYTES', shape: [2, 1], data: ['0.750000:1', '3:0'] }]);
    const { json, binary } = await infer('default/pair', wish({ classification: 1, binary_data: true }));
    expect(json.outputs).toEqual([{ name: 'y', datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 21 } }]);
    expect(binary.toString('latin1')).toBe('\n\0\0\x000.750000:1\x03\0\0\x003:0');
  });

  it('statistics count rows, what was answered and what failed', async () => {
    await attacker.deploy('default/counted', identityModel('FP32', ['n', 2]));
    const stats = async () => (await call('/models/default/counted/stats')).json['model_stats'] as Record<string, Record<string, { count: number; ns: number }>>[];
    expect(await stats()).toMatchObject([{ name: 'default/counted', version: '1', inference_count: 0, last_inference: 0 }]);
    for (let count = 0; count < 3; count += 1) await infer('default/counted', good);
    const [after] = await stats();
    expect(after).toMatchObject({
      inference_count: 6, execution_count: 3, last_inference: expect.any(Number),
      inference_stats: { success: { count: 3 }, fail: { count: 0 }, queue: { count: 3 }, compute_infer: { count: 3 } }, batch_stats: [{ batch_size: 1, compute_infer: { count: 3 } }],
    });
    expect(after!['inference_stats']!['compute_infer']!.ns).toBeGreaterThan(0);
    expect(after!['inference_stats']!['success']!.ns).toBeGreaterThan(after!['inference_stats']!['compute_infer']!.ns);
    const all = (await call('/models/stats')).json['model_stats'] as { name: string }[];
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['default/counted', 'default/pair']));
  });

  it('the repository is listed, and a deployment is taken out of service and put back', async () => {
    await attacker.deploy('default/onoff', identityModel('FP32', ['n', 2]));
    const index = async (request: object = {}) => (await call('/repository/index', { body: JSON.stringify(request) })).json as unknown as object[];
    expect(await index()).toContainEqual({ name: 'default/onoff', version: '1', state: 'READY', reason: '' });
    expect((await call('/repository/models/default/onoff/unload', { body: '' })).status).toBe(200);
    expect((await call('/models/default/onoff/ready')).json).toEqual({ name: 'default/onoff', ready: false });
    expect((await call('/models/default/onoff/ready')).status).toBe(409);
    expect((await call('/models/default/onoff')).json.code).toBe('DEPLOYMENT_NOT_READY');
    expect(await index()).toContainEqual({ name: 'default/onoff', version: '', state: 'UNAVAILABLE', reason: 'the deployment is STOPPED' });
    expect(await index({ ready: true })).not.toContainEqual(expect.objectContaining({ name: 'default/onoff' }));
    expect((await call('/repository/models/default/onoff/load', { body: '{}' })).status).toBe(200);
    expect((await infer('default/onoff', good)).status).toBe(200);
  });

  it.each([
    ['/repository/models/default/onoff/load', '{"parameters":{"config":"{}"}}', 400], ['/repository/models/default/onoff/load', '{"parameters":{"file:1/model.onnx":"AAAA"}}', 400],
    ['/repository/models/default/onoff/load', 'x', 400], ['/repository/models/default/none/load', '', 404], ['/repository/models/default/none/unload', '', 404],
    ['/repository/models/default/onoff/unload', '[]', 400], ['/repository/index', '{"ready":"yes"}', 400], ['/repository/index', '{"ready":', 400], ['/repository/index', '[]', 400],
    ['/repository/index', ' '.repeat(70_000), 413],
  ])('%s with %s is refused with %i', async (path, body, status) => {
    const answer = await call(path, { body });
    expect([answer.status, answer.json]).toEqual([status, { error: expect.any(String), code: expect.any(String) }]);
  });
});

it('ends a call when the time of its header or its parameters is over', async () => {
  await attacker.deploy('default/slow', endlessModel(), { limits: { timeoutMs: 60_000 } });
  const request = { inputs: [{ name: 'x', datatype: 'FP32', shape: [], data: [0] }] };
  const byHeader = await call('/models/default/slow/infer', { body: JSON.stringify(request), headers: { 'inference-timeout-ms': '200' } });
  expect([byHeader.status, byHeader.json.code]).toEqual([504, 'INFERENCE_TIMEOUT']);
  const byParameter = await infer('default/slow', { ...request, parameters: { timeout: 200_000 } });
  expect([byParameter.status, byParameter.json.code]).toEqual([504, 'INFERENCE_TIMEOUT']);
  const wrong = await call('/models/default/slow/infer', { body: JSON.stringify(request), headers: { 'inference-timeout-ms': 'soon' } });
  expect([wrong.status, wrong.json.code]).toEqual([400, 'BAD_USER_INPUT']);
});

describe('the end of the connection of', () => {
  const doors: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['a REST call', (signal) => fetch(`${platform.url}/v2/models/default/left/infer`, {
      method: 'POST', signal, body: JSON.stringify({ inputs: [{ name: 'n', datatype: 'INT64', shape: [1, 1], data: [1e15] }] }),
    })],
    ['a GraphQL infer', (signal) => fetch(`${platform.url}/graphql`, {
      method: 'POST', signal, headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { infer(input: { deployment: "default/left", inputs: [{ name: "n", datatype: INT64, shape: [1, 1], json: ["1000000000000000"] }] }) { timing { computeMs } } }' }),
    })],
  ];
  it.each(doors)('%s ends its run with its runner, and the next call is served', async (_title, ask) => {
    if (!(await call('/models/default/left/ready')).json['ready']) await attacker.deploy('default/left', countingModel(), { limits: { timeoutMs: 60_000 } });
    const leaving = new AbortController();
    const asked = ask(leaving.signal);
    const runner = await untilRunnerComputes([platform.pid]);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(isAlive(runner.pid)).toBe(false));
    expect((await infer('default/left', { inputs: [{ name: 'n', datatype: 'INT64', shape: [1, 1], data: [3] }] })).json.outputs![0]!.data).toEqual([3]);
  });
});

it('stops computing for a client that went away', async () => {
  await attacker.deploy('default/endless', endlessModel(), { limits: { timeoutMs: 60_000 } });
  const leaving = new AbortController();
  const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [], data: [0] }] });
  const call = fetch(`${platform.url}/v2/models/default/endless/infer`, { method: 'POST', body, signal: leaving.signal });
  const query = `mutation { infer(input: { deployment: "default/endless", timeoutMs: 300, inputs: [{ name: "x", datatype: FP32, shape: [], json: [0] }] }) { timing { computeMs } } }`;
  // One runner: while the first call runs, the second cannot begin.
  await eventually(async () => expect(await attacker.refusal(query)).toBe('DEADLINE_EXCEEDED'));
  leaving.abort();
  await expect(call).rejects.toThrow();
  await eventually(async () => expect(await attacker.refusal(query)).toBe('INFERENCE_TIMEOUT'));
});

it('answers infer with tensors and timing, and keeps no job', async () => {
  const query = `mutation ($x: [TensorInput!]!) { infer(input: { deployment: "default/pair", inputs: $x }) {
    outputs { name datatype shape json base64 url } timing { queuedMs batchWaitMs computeMs batchSize } } }`;
  const before = await attacker.ask('{ jobs { edges { node { id } } } }');
  const answer = await attacker.ask(query, { x: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: [1, 2] }] });
  expect(answer).toMatchObject({ data: { infer: {
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], json: [1, 2], base64: 'AACAPwAAAEA=', url: null }],
    timing: { queuedMs: expect.any(Number), batchWaitMs: expect.any(Number), computeMs: expect.any(Number), batchSize: 1 },
  } } });
  expect(await attacker.ask('{ jobs { edges { node { id } } } }')).toEqual(before);
});
