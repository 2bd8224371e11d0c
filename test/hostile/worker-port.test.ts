import net from 'node:net';
import { DirectTokens } from '../../platform/direct/token';
import { encodeMessage, KIND } from '../../platform/direct/message';
import { MessageReader } from '../../platform/direct/message-reader';
import { packFrame, type FrameItem } from '../../platform/tensor/frame';
import type { Signature } from '../../platform/tensor/tensor';
import { eventually } from '../support/eventually';
import { identityModel } from '../support/onnx';
import { makeServing, SCOPE, type Serving } from '../support/serving';

const side = { datatype: 'FP32' as const, shape: [{ size: null, name: 'n' }, { size: 2, name: null }] };
const PAIR: Signature = { inputs: [{ name: 'x', ...side }], outputs: [{ name: 'y', ...side }] };

let serving: Serving;
let tokens: DirectTokens;
let pids: readonly number[];
let address: string;
let replicaId: string;

beforeAll(async () => {
  serving = await makeServing();
  const supervisor = serving.startWorkers('a');
  await serving.deploy('pair', identityModel('FP32', ['n', 2]), PAIR);
  pids = [...supervisor.pids];
  tokens = new DirectTokens(serving.database);
  const target = await serving.inference.direct.target(SCOPE, 'default/pair');
  ({ id: replicaId, address } = target.replicas[0]!);
}, 60_000);
afterAll(() => serving?.close());

/** Whatever happened, the worker is the one that was there before, and serves. */
afterEach(async () => {
  expect(process.kill(pids[0]!, 0)).toBe(true);
  const target = await serving.inference.direct.target(SCOPE, 'default/pair');
  const input = { name: 'x', datatype: 'FP32' as const, shape: [1, 2], data: new Uint8Array(8) };
  expect((await serving.inference.direct.infer(SCOPE, target, { inputs: [input], outputs: null, timeoutMs: 10_000 })).outputs[0]!.shape).toEqual([1, 2]);
});

interface Caller {
  write(bytes: Uint8Array): void;
  /** `closed`, or kinds and codes of what was answered. */
  outcome(count?: number): Promise<string[]>;
  end(): void;
}

async function connect(): Promise<Caller> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = net.connect({ host: hostname, port: Number(port) });
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('error', reject); });
  const answers: string[] = [];
  const reader = new MessageReader(2 ** 30);
  socket.on('error', () => undefined).once('close', () => answers.push('closed'));
  socket.on('data', (chunk: Buffer) => {
    for (const { kind, header } of reader.push(chunk)) answers.push(kind === KIND.FAILED ? (header as { code: string }).code : String(kind));
  });
  return {
    write: (bytes) => { socket.write(bytes); },
    end: () => { socket.destroy(); },
    outcome: async (count = 1) => {
      await eventually(() => expect(answers.length).toBeGreaterThanOrEqual(count));
      return answers;
    },
  };
}

const message = (...args: Parameters<typeof encodeMessage>): Buffer => Buffer.concat(encodeMessage(...args));
const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
const hello = (token: unknown): Buffer => message({ kind: KIND.HELLO, call: 0, header: { token } });
const withSignature = (token: string, signature: string): string => token.replace(/signature=.*$/, `signature=${signature}`);

describe('a connection to a worker', () => {
  it.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ['no token', () => message({ kind: KIND.HELLO, call: 0 })],
    ['an empty token', () => hello('')],
    ['a number for a token', () => hello(7)],
    ['a list for a token', () => hello(['/direct'])],
    ['a token of nobody', () => hello(`/direct/${address}?expires=99999999999999&signature=AAAA`)],
    ['an expired token', async () => hello(withExpiry(await tokens.sign(address), Date.now() - 1))],
    ['a token whose end was moved', async () => hello(withExpiry(await tokens.sign(address), Date.now() + 3_600_000))],
    ['a token for another worker', async () => hello(await tokens.sign('127.0.0.1:1'))],
    ['a token for another worker under our address', async () => hello((await tokens.sign('127.0.0.1:1')).replace('127.0.0.1:1', address))],
    ['a token without its signature', async () => hello(withSignature(await tokens.sign(address), ''))],
    ['a token with a signature cut short', async () => hello((await tokens.sign(address)).slice(0, -4))],
    ['a token with one letter changed', async () => hello(withSignature(await tokens.sign(address), 'A'.repeat(43)))],
    ['a signed tensor URL for a token', async () => hello((await tokens.sign(address)).replace('/direct/', '/tensors/'))],
    ['a token of 4 KiB', () => hello('x'.repeat(4_096))],
    ['a call before the token', () => message({ kind: KIND.CALL, call: 1, header: { replicaId, namespace: 'default', outputs: null, deadlineMs: null } })],
    ['a cancel before the token', () => message({ kind: KIND.CANCEL, call: 1 })],
    ['a kind that there is not', () => words(0, 0, 0, 0)],
    ['a greeting of 4 GiB', () => words(0xffffffff, 0, 0, KIND.HELLO)],
    ['a greeting whose header is longer than itself', () => words(8, 0, 64, KIND.HELLO, 0, 0)],
    ['a greeting that is no JSON', () => Buffer.concat([words(8, 0, 8, KIND.HELLO), Buffer.from('{"token"')])],
    ['HTTP', () => Buffer.from('POST /v2/models/default/pair/infer HTTP/1.1\r\nhost: x\r\n\r\n{}')],
    ['TLS', () => Buffer.from('16030100a5010000a103035f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f', 'hex')],
    ['zeros', () => Buffer.alloc(100_000)],
  ])('that opens with %s is closed without an answer', async (_title, opening) => {
    const caller = await connect();
    caller.write(await opening());
    expect(await caller.outcome()).toEqual(['closed']);
  });

  it('that says nothing is closed', async () => {
    const caller = await connect();
    expect(await caller.outcome()).toEqual(['closed']);
  });
});

function withExpiry(token: string, at: number): string {
  return token.replace(/expires=\d+/, `expires=${at}`);
}

async function greeted(): Promise<Caller> {
  const caller = await connect();
  caller.write(hello(await tokens.sign(address)));
  return caller;
}

const x = { name: 'x', datatype: 'FP32' as const, shape: [1, 2], data: new Uint8Array(8) };
const header = (overrides: object = {}): object => ({ replicaId, namespace: 'default', outputs: null, deadlineMs: 60_000, ...overrides });
const call = (overrides: object, frame: Uint8Array): Buffer => message({ kind: KIND.CALL, call: 1, header: header(overrides), frame });
const frameOf = (...tensors: object[]): Uint8Array => packFrame([tensors as FrameItem]);

describe('a call on the worker\'s port', () => {
  it.each<[string, string, () => Buffer]>([
    ['of no header', 'BAD_USER_INPUT', () => message({ kind: KIND.CALL, call: 1, frame: frameOf(x) })],
    ['of no time', 'BAD_USER_INPUT', () => call({ deadlineMs: 0 }, frameOf(x))],
    ['of a header of another form', 'BAD_USER_INPUT', () => message({ kind: KIND.CALL, call: 1, header: { replica: replicaId }, frame: frameOf(x) })],
    ['of outputs that are text', 'BAD_USER_INPUT', () => call({ outputs: 'y' }, frameOf(x))],
    ['of an unknown output', 'OUTPUT_UNKNOWN', () => call({ outputs: ['z'] }, frameOf(x))],
    ['of an unknown replica', 'UNAVAILABLE', () => call({ replicaId: 'x' }, frameOf(x))],
    ['of __proto__ for a replica', 'UNAVAILABLE', () => call({ replicaId: '__proto__' }, frameOf(x))],
    ['of another namespace', 'FORBIDDEN', () => call({ namespace: 'other' }, frameOf(x))],
    ['of no frame', 'TENSOR_INVALID', () => call({}, new Uint8Array())],
    ['of a frame cut short', 'TENSOR_INVALID', () => call({}, frameOf(x).subarray(0, 24))],
    ['of a frame with more behind it', 'TENSOR_INVALID', () => call({}, Buffer.concat([frameOf(x), Buffer.alloc(8)]))],
    ['of two items', 'BAD_USER_INPUT', () => call({}, packFrame([[x], [x]]))],
    ['of no item', 'BAD_USER_INPUT', () => call({}, packFrame([]))],
    ['of an error for an item', 'BAD_USER_INPUT', () => call({}, packFrame([{ error: { code: 'INFERENCE_FAILED', message: 'x' } }]))],
    ['of a blob for a tensor', 'BAD_USER_INPUT', () => call({}, frameOf({ name: 'x', datatype: 'FP32', shape: [1, 2], blob: '../../etc/passwd' }))],
    ['of no tensor', 'INPUT_MISSING', () => call({}, frameOf())],
    ['of the same tensor twice', 'INPUT_UNKNOWN', () => call({}, frameOf(x, x))],
    ['of another tensor', 'INPUT_MISSING', () => call({}, frameOf({ ...x, name: 'z' }))],
    ['of another datatype', 'DATATYPE_MISMATCH', () => call({}, frameOf({ ...x, datatype: 'FP64' }))],
    ['of another rank', 'SHAPE_MISMATCH', () => call({}, frameOf({ ...x, shape: [2] }))],
    ['of a shape of more elements than bytes', 'ELEMENT_COUNT_MISMATCH', () => call({}, frameOf({ ...x, shape: [1_000_000, 2] }))],
    ['of a shape of fewer elements than bytes', 'ELEMENT_COUNT_MISMATCH', () => call({}, frameOf({ ...x, shape: [0, 2] }))],
    ['of a shape beyond 2^53', 'TENSOR_INVALID', () => call({}, frameOf({ ...x, shape: [2 ** 53 - 1, 2] }))],
  ])('%s fails with %s, and the next on the same connection is answered', async (_title, code, bad) => {
    const caller = await greeted();
    caller.write(bad());
    expect(await caller.outcome()).toEqual([code]);
    caller.write(call({}, frameOf(x)));
    expect(await caller.outcome(3)).toEqual([code, String(KIND.STARTED), String(KIND.DONE)]);
    caller.end();
  });

  it.each<[string, () => Buffer]>([
    ['a second greeting', () => hello('x')],
    ['an answer', () => message({ kind: KIND.DONE, call: 1 })],
    ['a call of number 0', () => message({ kind: KIND.CALL, call: 0, header: header(), frame: frameOf(x) })],
    ['a length of 4 GiB', () => words(0xffffffff, 1, 0, KIND.CALL)],
    ['a header longer than the message', () => words(8, 1, 4_096, KIND.CALL, 0, 0)],
    ['a header that is no JSON', () => Buffer.concat([words(8, 1, 8, KIND.CALL), Buffer.from('[[[[[[[[')])],
  ])('that is %s ends the connection', async (_title, bad) => {
    const caller = await greeted();
    caller.write(bad());
    expect(await caller.outcome()).toEqual(['closed']);
  });

  it('under the number of one in hand ends the connection', async () => {
    const caller = await greeted();
    caller.write(Buffer.concat([call({}, frameOf(x)), call({}, frameOf(x))]));
    await eventually(async () => expect(await caller.outcome()).toContain('closed'));
  });

  it('that is cancelled before it came, or twice, is passed over', async () => {
    const caller = await greeted();
    for (const number of [1, 1, 99]) caller.write(message({ kind: KIND.CANCEL, call: number }));
    caller.write(call({}, frameOf(x)));
    expect(await caller.outcome(2)).toEqual([String(KIND.STARTED), String(KIND.DONE)]);
    caller.end();
  });
});
