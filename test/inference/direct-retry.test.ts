import { encodeMessage, KIND } from '../../platform/direct/message';
import { packFrame } from '../../platform/tensor/frame';
import { DirectLimits } from '../../subgraphs/inference/direct/direct.limits';
import { DirectOutcomes } from '../../subgraphs/inference/direct/direct.outcomes';
import { DirectService, type ReadyTarget } from '../../subgraphs/inference/direct/direct.service';
import { DirectStatistics } from '../../subgraphs/inference/direct/direct.statistics';
import { ReplicaChoice } from '../../subgraphs/inference/direct/replica-choice';
import { WorkerConnections } from '../../subgraphs/inference/direct/worker.connections';
import { SCOPE, SIGNATURE } from '../support/inference';
import { MemoryRecorder } from '../support/memory-recorder';
import { ANSWER, scriptWorker, TIMING, type ScriptedCall, type ScriptedWorker } from '../support/scripted-worker';
import { makeRevision } from '../support/worker-bench';

const INPUTS = [{ name: 'x', datatype: 'FP32' as const, shape: [1, 2], data: new Uint8Array(8) }];
const connections = new WorkerConnections({ sign: async () => 'token' });
/** Draws the first of the two, then what is left. */
const choice = new ReplicaChoice(() => 0);
const loads = { of: async (deploymentId: string) => ({ deploymentId, waiting: 0, waitingFirst: 0, unfinished: 0 }) };
const service = new DirectService({
  deployments: { servingTarget: async () => null, servingTargets: async () => [], hasDirectWorker: async () => true, revisionSpecs: async () => [], batchProfile: async () => null },
  connections, choice, reuse: null as never, limits: new DirectLimits({ loads, choice }), outcomes: new DirectOutcomes(new DirectStatistics(), new MemoryRecorder()),
});
const opened: ScriptedWorker[] = [];

afterEach(async () => { await Promise.all(opened.splice(0).map((worker) => worker.close())); });
afterAll(() => connections.close());

const answer = ({ say }: ScriptedCall): void => { say(KIND.STARTED); say(KIND.DONE, TIMING, ANSWER); };

async function scripted(...scripts: ((call: ScriptedCall) => void)[]): Promise<ScriptedWorker[]> {
  const workers = await Promise.all(scripts.map((script, index) => scriptWorker(`replica-${index}`, script)));
  opened.push(...workers);
  return workers;
}

async function infer(replicas: { id: string; address: string }[], timeoutMs: number | null = 5_000, limits: Partial<ReadyTarget['admission']> = {}): Promise<string> {
  const target: ReadyTarget = {
    deploymentId: 'd', namespace: 'default', fullName: 'default/d', status: 'READY', revision: makeRevision({ signature: SIGNATURE }), revisionNumber: 1, replicas, itemMs: null,
    readyReplicas: replicas.length, admission: { maxQueue: null, maxInFlight: null, deadlineMs: null, ...limits }, resultReuse: null,
  };
  try {
    await service.infer(SCOPE, target, { inputs: INPUTS, outputs: null, timeoutMs });
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a call that its replica did not start', () => {
  it.each<[string, (call: ScriptedCall) => void]>([
    ['refused it', ({ say }) => say(KIND.FAILED, { code: 'UNAVAILABLE', message: 'not serving' })],
    ['was closed by its system before it began', ({ end }) => end()],
  ])('goes to another one: the first %s', async (_title, script) => {
    const [first, second] = await scripted(script, answer);
    expect(await infer([first!, second!])).toBe('done');
    expect([first!.calls, second!.calls]).toEqual([1, 1]);
  });

  it('goes to another one where the first is not there at all, and fails when none is', async () => {
    const [gone, second] = await scripted(answer, answer);
    await gone!.close();
    expect(await infer([gone!, second!])).toBe('done');
    await second!.close();
    expect(await infer([gone!, second!])).toBe('UNAVAILABLE');
  });
});

describe('a call that its replica started, or may have', () => {
  it.each<[string, string, (call: ScriptedCall) => void]>([
    ['closed after the start', 'WORKER_LOST', ({ say, end }) => { say(KIND.STARTED); end(); }],
    ['reset before a word came, which may have lost it', 'WORKER_LOST', ({ reset }) => reset()],
    ['closed inside a message', 'WORKER_LOST', ({ write, end }) => { write(Buffer.alloc(9)); end(); }],
    ['failed of the run', 'RUNNER_CRASHED', ({ say }) => { say(KIND.STARTED); say(KIND.FAILED, { code: 'RUNNER_CRASHED', message: 'ended' }); }],
    ['refused after the start', 'UNAVAILABLE', ({ say }) => { say(KIND.STARTED); say(KIND.FAILED, { code: 'UNAVAILABLE', message: 'no' }); }],
    ['silent until the deadline', 'DEADLINE_EXCEEDED', () => undefined],
    ['started and silent until the deadline', 'INFERENCE_TIMEOUT', ({ say }) => say(KIND.STARTED)],
  ])('is never sent to another: %s', async (_title, code, script) => {
    const [first, second] = await scripted(script, answer);
    expect(await infer([first!, second!], 500)).toBe(code);
    expect([first!.calls, second!.calls]).toEqual([1, 0]);
  });
});

describe('the limits of a deployment', () => {
  it('end a call that brings no deadline of its own by the deployment\'s, which its worker is told', async () => {
    let toldMs: unknown;
    const [worker] = await scripted(({ header }) => { toldMs = header['deadlineMs']; });
    expect(await infer([worker!], null, { deadlineMs: 300 })).toBe('DEADLINE_EXCEEDED');
    expect(toldMs).toBeGreaterThan(0);
    expect(toldMs).toBeLessThanOrEqual(300);
  });

  it('refuse calls beyond maxInFlight before any worker hears of them', async () => {
    const [worker] = await scripted(() => undefined);
    const codes = await Promise.all(Array.from({ length: 10 }, () => infer([worker!], 500, { maxInFlight: 3 })));
    expect(codes.sort()).toEqual([...Array.from({ length: 3 }, () => 'DEADLINE_EXCEEDED'), ...Array.from({ length: 7 }, () => 'QUEUE_FULL')]);
    expect(worker!.calls).toBe(3);
  });
});

describe('what a worker says that is no answer', () => {
  const tensors = (overrides: object): Uint8Array => packFrame([[{ name: 'y', datatype: 'FP32', shape: [1, 2], data: new Uint8Array(8), ...overrides }]]);
  const raw = (...words: number[]): Buffer => Buffer.from(Uint32Array.from(words).buffer);
  it.each<[string, (call: ScriptedCall) => void]>([
    ['a kind that there is not', ({ write }) => write(raw(0, 1, 0, 99))],
    ['a kind of the service', ({ say }) => say(KIND.CALL, {})],
    ['a greeting', ({ say }) => say(KIND.HELLO, {})],
    ['a length of 4 GiB', ({ write }) => write(raw(0xffffffff, 1, 0, KIND.DONE))],
    ['a header longer than the message', ({ write }) => write(raw(8, 1, 4_096, KIND.DONE, 0, 0))],
    ['a header that is no JSON', ({ call, write }) => write(Buffer.concat([raw(8, call, 8, KIND.DONE), Buffer.from('{"a":   ')]))],
    ['HTTP', ({ write }) => write(Buffer.from('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'))],
    ['an answer without timing', ({ say }) => say(KIND.DONE, undefined, ANSWER)],
    ['timing that is text', ({ say }) => say(KIND.DONE, { ...TIMING, computeMs: '1' }, ANSWER)],
    ['an answer without tensors', ({ say }) => say(KIND.DONE, TIMING)],
    ['tensors that end early', ({ say }) => say(KIND.DONE, TIMING, ANSWER.subarray(0, 16))],
    ['tensors with more behind them', ({ say }) => say(KIND.DONE, TIMING, Buffer.concat([ANSWER, Buffer.alloc(8)]))],
    ['two items', ({ say }) => say(KIND.DONE, TIMING, packFrame([[], []]))],
    ['no item', ({ say }) => say(KIND.DONE, TIMING, packFrame([]))],
    ['an error for an item', ({ say }) => say(KIND.DONE, TIMING, packFrame([{ error: { code: 'INFERENCE_FAILED', message: 'no' } }]))],
    ['a blob for a tensor', ({ say }) => say(KIND.DONE, TIMING, packFrame([[{ name: 'y', datatype: 'FP32', shape: [1, 2], blob: 'x' }]]))],
    ['a shape of more elements than bytes', ({ say }) => say(KIND.DONE, TIMING, tensors({ shape: [2 ** 40, 2] }))],
    ['BYTES that end inside an element', ({ say }) => say(KIND.DONE, TIMING, tensors({ datatype: 'BYTES', shape: [1], data: Uint8Array.of(255, 0, 0, 0) }))],
    ['BOOL that is neither', ({ say }) => say(KIND.DONE, TIMING, tensors({ datatype: 'BOOL', data: Uint8Array.of(1, 7) }))],
    ['a failure without a code', ({ say }) => say(KIND.FAILED, { message: 'x' })],
    ['a failure of nothing', ({ say }) => say(KIND.FAILED)],
  ])('ends its connection, fails the call and crashes nothing: %s', async (_title, script) => {
    const [liar] = await scripted(script);
    expect(await infer([liar!])).toBe('WORKER_LOST');
  });

  it('about calls that nobody made is passed over', async () => {
    const strange = (kind: typeof KIND.DONE | typeof KIND.FAILED | typeof KIND.STARTED): Uint8Array => Buffer.concat(encodeMessage({ kind, call: 77_777, header: TIMING, frame: ANSWER }));
    const [worker] = await scripted((call) => {
      for (const kind of [KIND.STARTED, KIND.DONE, KIND.FAILED] as const) call.write(strange(kind));
      answer(call);
      answer(call);
    });
    expect(await infer([worker!])).toBe('done');
  });

  it('of a code that is none of ours is a fault of the platform', async () => {
    const [worker] = await scripted(({ say }) => say(KIND.FAILED, { code: 'OOPS', message: 'x' }));
    expect(await infer([worker!])).toBe('INTERNAL_SERVER_ERROR');
  });
});
