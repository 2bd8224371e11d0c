import type { Signature, TensorSpec } from '../../platform/tensor/tensor';
import { eventually } from '../support/eventually';
import { countingModel } from '../support/onnx';
import { isAlive, untilRunnerComputes } from '../support/runner-processes';
import { makeServing, SCOPE, type Serving } from '../support/serving';

const column = (name: string): TensorSpec => ({ name, datatype: 'INT64', shape: [{ size: null, name: 'batch' }, { size: 1, name: null }] });
const COUNTING: Signature = { inputs: [column('n')], outputs: [column('y')] };
/** More steps than any test waits for. */
const FOREVER = 10n ** 15n;
const BATCHED = { maxBatchSize: 4, maxDelayMs: 20 };

let serving: Serving;
let supervisor: ReturnType<Serving['startWorkers']>;
beforeAll(async () => {
  serving = await makeServing();
  supervisor = serving.startWorkers('a', 'b');
  const active = `select from worker where state = 'ACTIVE'`;
  await eventually(async () => expect(await serving.database.query({ text: active, values: [] })).toHaveLength(2), { timeoutMs: 20_000 });
  await serving.deploy('two', countingModel(), COUNTING, { replicas: 2, timeoutMs: 600_000 });
  await serving.deploy('one', countingModel(), COUNTING, { timeoutMs: 600_000 });
  await serving.deploy('batched', countingModel(), COUNTING, { timeoutMs: 600_000, batching: BATCHED });
}, 120_000);
afterAll(() => serving?.close());

interface Call {
  outcome: Promise<bigint | string>;
  leave(): void;
}

function call(deployment: string, steps: bigint, timeoutMs = 30_000): Call {
  const client = new AbortController();
  const inputs = [{ name: 'n', datatype: 'INT64' as const, shape: [1, 1], data: new Uint8Array(BigInt64Array.of(steps).buffer) }];
  const run = async (): Promise<bigint | string> => {
    const { direct } = serving.inference;
    try {
      const target = await direct.target(SCOPE, `default/${deployment}`);
      const { outputs } = await direct.infer({ ...SCOPE, signal: client.signal }, target, { inputs, outputs: null, timeoutMs });
      return Buffer.from(outputs[0]!.data).readBigInt64LE();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return { outcome: run(), leave: () => client.abort() };
}

describe('two workers', () => {
  it('share the calls: while one replica is busy, the other gets them', async () => {
    const busy = call('two', FOREVER, 60_000);
    await untilRunnerComputes(supervisor.pids);
    for (let number = 1; number <= 20; number += 1) expect(await call('two', BigInt(number)).outcome).toBe(BigInt(number));
    busy.leave();
    expect(await busy.outcome).toBe('JOB_CANCELED');
  });

  it('go on when one is killed: what it had begun is lost, nothing else', async () => {
    const begun = call('two', FOREVER, 60_000);
    const computing = await untilRunnerComputes(supervisor.pids);
    const worker = computing.parentPid;
    let isOver = false;
    const outcomes: (bigint | string)[] = [];
    const stream = Promise.all(Array.from({ length: 4 }, async () => {
      while (!isOver) outcomes.push(await call('two', 7n).outcome);
    }));
    await eventually(() => expect(outcomes.length).toBeGreaterThan(20));
    process.kill(worker, 'SIGKILL');
    expect(await begun.outcome).toBe('WORKER_LOST');
    const before = outcomes.length;
    await eventually(() => expect(outcomes.length).toBeGreaterThan(before + 50));
    isOver = true;
    await stream;
    const lost = outcomes.filter((outcome) => outcome !== 7n);
    // Each of the four may have had one call on the worker that was killed.
    expect(lost).toEqual(lost.slice(0, 4).map(() => 'WORKER_LOST'));
    await eventually(async () => expect((await serving.inference.direct.target(SCOPE, 'default/two')).replicas).toHaveLength(2), { timeoutMs: 30_000 });
  });
});

describe('a caller that goes away', () => {
  // The worker that was killed above may have held them.
  beforeAll(() => eventually(async () => {
    for (const deployment of ['one', 'batched']) expect(await call(deployment, 1n).outcome).toBe(1n);
  }, { timeoutMs: 30_000 }), 40_000);

  it('takes its waiting call out of the queue: it never runs', async () => {
    const running = call('one', FOREVER, 60_000);
    const first = await untilRunnerComputes(supervisor.pids);
    const waiting = call('one', FOREVER, 60_000);
    waiting.leave();
    expect(await waiting.outcome).toBe('JOB_CANCELED');
    running.leave();
    expect(await running.outcome).toBe('JOB_CANCELED');
    // Were the second still there, the next could not be answered.
    expect(await call('one', 3n).outcome).toBe(3n);
    expect(isAlive(first.pid)).toBe(false);
  });

  it('ends its run with its runner, and those that shared its batch are answered', async () => {
    const blocker = call('batched', FOREVER, 60_000);
    const first = await untilRunnerComputes(supervisor.pids);
    const leaving = call('batched', FOREVER, 60_000);
    const mates = [1n, 2n, 3n].map((steps) => call('batched', steps, 60_000));
    blocker.leave();
    // The four wait together and fill one batch, which lasts as long as its longest.
    const second = await eventually(async () => {
      const runner = await untilRunnerComputes(supervisor.pids);
      expect(runner.pid).not.toBe(first.pid);
      return runner;
    });
    leaving.leave();
    expect(await Promise.all(mates.map(({ outcome }) => outcome))).toEqual([1n, 2n, 3n]);
    expect(await leaving.outcome).toBe('JOB_CANCELED');
    await eventually(() => expect(isAlive(second.pid)).toBe(false));
  });

  it('and one whose time is over are told apart', async () => {
    expect(await call('one', FOREVER, 200).outcome).toBe('INFERENCE_TIMEOUT');
    expect(await call('one', 5n).outcome).toBe(5n);
  });
});
