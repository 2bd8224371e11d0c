import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker } from '../support/attacker';
import { eventually } from '../support/eventually';
import { allocatingModel, endlessModel, identityModel, sequenceModel } from '../support/onnx';

const GIB_8 = ['2147483648'];
const scalar = (name: string) => ({ name, datatype: 'FP32', shape: [], json: [0] });
const one = { name: 'x', datatype: 'FP32', shape: [1], json: [1] };

let platform: PlatformProcess;
let attacker: Attacker;

beforeAll(async () => {
  platform = await startPlatform();
  attacker = new Attacker(platform.url);
  await attacker.deploy('default/echo', identityModel());
});
afterAll(() => platform?.stop());

describe('a model file', () => {
  const good = identityModel();
  it.each([
    ['is no ONNX', Buffer.from('hello world'), 'MODEL_INVALID'],
    ['is cut short', good.subarray(0, good.length - 5), 'MODEL_INVALID'],
    ['needs an unknown opset', identityModel('FP32', ['n'], { opset: 99 }), 'MODEL_UNSUPPORTED'],
    ['takes bfloat16', identityModel('BF16'), 'MODEL_UNSUPPORTED'],
    ['gives a sequence', sequenceModel(), 'MODEL_UNSUPPORTED'],
  ])('that %s is rejected with a code', async (title, file, code) => {
    expect(await attacker.push(`default/${title.replaceAll(' ', '-').toLowerCase()}`, file)).toEqual({ state: 'REJECTED', code });
  });

  it('whose upload is killed or lies about its length makes no version, and the URL may be tried again', async () => {
    await attacker.ask('mutation { createModel(input: { name: "cut" }) { model { id } } }');
    const url = await attacker.uploadUrl('default/cut');
    const versions = async () => (await attacker.ask('{ model(fullName: "default/cut") { versions { edges { node { number } } } } }')).data;
    for (const [length, ending] of [[5_000_000, 'destroy'], [good.length + 9, 'end']] as const) await brokenPut(url, { length, ending, bytes: good });
    expect(await versions()).toEqual({ model: { versions: { edges: [] } } });
    const part = await fetch(url, { method: 'PUT', headers: { 'content-range': 'bytes 0-9/100' }, body: new Uint8Array(good) });
    expect([part.status, await part.json()]).toMatchObject([400, { error: { code: 'BAD_USER_INPUT' } }]);
    const statuses = await Promise.all([1, 2, 3].map(() => fetch(url, { method: 'PUT', body: new Uint8Array(good) }).then(({ status }) => status)));
    expect(statuses.sort()).toEqual([201, 404, 404]);
    expect(await versions()).toEqual({ model: { versions: { edges: [{ node: { number: 1 } }] } } });
  });
});

describe('text that Postgres cannot keep', () => {
  const places: [string, string][] = [
    ['search', 'query ($s: String) { jobs(search: $s) { edges { cursor } } }'],
    ['a namespace', 'query ($s: String) { models(namespace: $s) { edges { cursor } } }'],
    ['a description', 'mutation ($s: String) { updateModel(input: { model: "default/echo", description: $s }) { model { id } } }'],
    ['the name of a key', 'mutation ($s: String!) { createApiKey(input: { name: $s, role: VIEWER }) { apiKey { id } } }'],
    ['an alias', 'mutation ($s: String) { createDeployment(input: { name: "q", model: "default/echo", alias: $s }) { deployment { id } } }'],
  ];
  it.each(places)('is refused in %s, and no fault of ours', async (_place, query) => {
    expect(await attacker.refusal(query, { s: 'a\0b' })).toBe('BAD_USER_INPUT');
    expect(await attacker.refusal(query, { s: '\ud800' })).not.toBe('INTERNAL_SERVER_ERROR');
  });

  it('takes no other submit down with it', async () => {
    const keys = ['\ud800', 'fine', 'a\0', 'also fine'];
    const answers = await Promise.all(keys.map((idempotencyKey) => attacker.submit({ deployment: 'default/echo', items: [{ inputs: [one] }], idempotencyKey })));
    const id = { id: expect.any(String) };
    expect(answers).toEqual([{ code: 'BAD_USER_INPUT' }, id, { code: 'BAD_USER_INPUT' }, id]);
  });
});

it('takes dates before the epoch for no date that a job has', async () => {
  const query = '{ before: jobs(createdBefore: "0001-01-01T00:00:00Z") { edges { cursor } } after: jobs(first: 1, createdAfter: "0001-01-01T00:00:00Z") { edges { cursor } } }';
  expect(await attacker.ask(query)).toMatchObject({ data: { before: { edges: [] }, after: { edges: [expect.anything()] } } });
});

it('fails BYTES that the runtime would cut instead of cutting them', async () => {
  await attacker.deploy('default/text', identityModel('BYTES'));
  const text = (json: string[]) => ({ name: 'x', datatype: 'BYTES', shape: [json.length], json });
  expect(await attacker.run('default/text', text(['a\0b']))).toMatchObject({ status: 'FAILED', error: { code: 'INFERENCE_FAILED' } });
  const { items } = await attacker.run('default/text', text(['a', '', '😀']));
  expect(items.edges[0]!.node.outputs).toEqual([{ json: ['a', '', '😀'] }]);
});

it('ends what runs for ever and what asks for 8 GiB, and their neighbours do not notice', async () => {
  await attacker.deploy('default/endless', endlessModel(), { limits: { timeoutMs: 1_500 } });
  await attacker.deploy('default/greedy', allocatingModel());
  const hostile = Promise.all([
    attacker.run('default/endless', scalar('x')),
    attacker.run('default/greedy', { name: 'n', datatype: 'INT64', shape: [1], json: GIB_8 }),
  ]);
  const neighbours: string[] = [];
  let isOver = false;
  void hostile.finally(() => { isOver = true; });
  do neighbours.push((await attacker.run('default/echo', one)).status); while (!isOver);
  const [endless, greedy] = await hostile;
  expect([endless.error?.code, greedy.error?.code]).toEqual(['INFERENCE_TIMEOUT', 'DEVICE_OUT_OF_MEMORY']);
  expect(new Set(neighbours)).toEqual(new Set(['SUCCEEDED']));
});

it('makes one job of fifty that race with one key, and refuses the other bodies', async () => {
  const race = async (idempotencyKey: string, bodies: number) => Promise.all(Array.from({ length: 50 }, (_, n) =>
    attacker.submit({ deployment: 'default/echo', idempotencyKey, items: [{ inputs: [{ ...one, json: [n % bodies] }] }] })));
  expect(new Set((await race('same', 1)).map((answer) => JSON.stringify(answer))).size).toBe(1);
  const answers = await race('different', 5);
  expect(answers.filter((answer) => 'id' in answer)).toHaveLength(10);
  expect(answers.filter((answer) => 'code' in answer && answer.code === 'IDEMPOTENCY_CONFLICT')).toHaveLength(40);
});

it('lets one of many cancels and one of many retries of a running job win', async () => {
  const job = await attacker.submit({ deployment: 'default/endless', items: [{ inputs: [scalar('x')] }] });
  const { id } = job as { id: string };
  await eventually(async () => expect((await attacker.ask('query ($id: ID!) { job(id: $id) { status } }', { id })).data).toEqual({ job: { status: 'RUNNING' } }));
  const ten = (mutation: string) => Promise.all(Array.from({ length: 10 }, () => attacker.refusal(`mutation ($id: ID!) { ${mutation}(input: { id: $id }) { job { id } } }`, { id })));
  expect(new Set(await ten('retryJob'))).toEqual(new Set(['JOB_NOT_RETRYABLE']));
  expect((await ten('cancelJob')).filter((code) => code === null)).toHaveLength(1);
  expect((await ten('retryJob')).filter((code) => code === null)).toHaveLength(1);
  expect((await ten('cancelJob')).filter((code) => code === null)).toHaveLength(1);
  expect((await attacker.outcome(id)).status).toBe('CANCELED');
});

it('has logged no fault of its own, for all that was tried', async () => {
  const lines = (await readFile(platform.logFile, 'utf8')).split('\n').filter((line) => /"level":"(error|fatal)"/.test(line) || (line !== '' && !line.startsWith('{')));
  expect(lines).toEqual([]);
});

/** A PUT that says one length and ends otherwise. */
function brokenPut(url: string, { length, ending, bytes }: { length: number; ending: 'end' | 'destroy'; bytes: Buffer }): Promise<void> {
  const { port, pathname, host } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), '127.0.0.1').on('error', () => undefined).once('close', () => resolve()).resume();
    socket.write(`PUT ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${length}\r\n\r\n`);
    socket.write(bytes, () => socket[ending]());
  });
}
