import { eventually } from '../test/support/eventually';
import { DEEDS, numbers } from '../test/support/fake-runner';
import { makeRevision, makeWorkerBench, type WorkerBench } from '../test/support/worker-bench';
import { describeWorker } from './machine';
import { Worker } from './worker';

let bench: WorkerBench;
let worker: Worker;
const revision = makeRevision();

beforeEach(async () => {
  bench = await makeWorkerBench();
  worker = new Worker({ ...bench.parts, describe: () => describeWorker({ name: 'w', memoryBytes: null, directAddress: null }) });
  bench.placement.wanted = [{ replicaId: 'r', revision, profile: null }];
});

afterEach(async () => {
  await worker.stop(0);
  await bench.remove();
});

function readyOnes(): number {
  return bench.placement.states().filter((state) => state === 'READY').length;
}

describe('a worker', () => {
  it('registers, loads what it is assigned and leaves', async () => {
    await worker.start();
    await eventually(() => expect(readyOnes()).toBe(1));
    await worker.stop();
    expect(bench.placement.states()).toEqual(['LOADING', 'READY', 'STOPPED']);
    expect(bench.placement.left).toEqual(bench.placement.registered);
  });

  it('goes on beating while it finishes its last run', async () => {
    await worker.start();
    await eventually(() => expect(readyOnes()).toBe(1));
    const endless = bench.ledger.submit([numbers(DEEDS.HANG)], { revisionId: revision.id });
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const stopped = worker.stop(30_000);
    const before = bench.placement.heartbeats;
    await eventually(() => expect(bench.placement.heartbeats).toBeGreaterThan(before + 1));
    bench.ledger.cancel(endless);
    await stopped;
    expect(bench.placement.left).toHaveLength(1);
  });

  it('looks at its assignments at once when it is hinted at', async () => {
    bench.placement.wanted = [];
    await worker.start();
    await eventually(() => expect(bench.placement.heartbeats).toBe(1));
    bench.placement.wanted = [{ replicaId: 'r', revision, profile: null }];
    bench.bus.publish('replica', bench.placement.registered[0]!);
    await eventually(() => expect(readyOnes()).toBe(1), { timeoutMs: 1_000 });
    expect(bench.placement.heartbeats).toBe(1);
  });

  it('drops everything when it was declared gone, registers again and serves again', async () => {
    await worker.start();
    await eventually(() => expect(readyOnes()).toBe(1));
    const endless = bench.ledger.submit([numbers(DEEDS.HANG)], { revisionId: revision.id });
    const waiting = Array.from({ length: 5 }, (_, value) => bench.ledger.submit([numbers(value)], { revisionId: revision.id }));
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    bench.placement.gone.add(bench.placement.registered[0]!);
    bench.ledger.cancel(endless);
    for (const row of waiting) if (row.status === 'RUNNING') bench.ledger.takeAway(row);
    await eventually(() => expect(bench.placement.registered).toHaveLength(2));
    await eventually(() => expect(readyOnes()).toBe(2));
    await eventually(() => expect(waiting.map(({ status, finishes }) => [status, finishes])).toEqual(new Array(5).fill(['FINISHED', 1])));
    expect(bench.loader.alive).toHaveLength(1);
  });

  it('goes on after heartbeats that nobody answered', async () => {
    await worker.start();
    await eventually(() => expect(readyOnes()).toBe(1));
    bench.placement.isAway = true;
    await eventually(() => expect(bench.placement.heartbeats).toBeGreaterThan(2));
    bench.placement.isAway = false;
    const row = bench.ledger.submit([numbers(1)], { revisionId: revision.id });
    await eventually(() => expect(row.status).toBe('FINISHED'));
    expect(bench.placement.registered).toHaveLength(1);
    expect(bench.loader.loads).toBe(1);
  });
});
