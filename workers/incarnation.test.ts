import { PlatformError } from '../platform/errors';
import { revisionQueue } from '../platform/queue/queue';
import type { ItemResult } from '../subgraphs/inference/worker.contract';
import { eventually } from '../test/support/eventually';
import { DEEDS, numbers, valuesOf } from '../test/support/fake-runner';
import { makeRevision, makeWorkerBench, type WorkerBench } from '../test/support/worker-bench';
import { DirectCall } from './direct/direct-call';
import { Incarnation } from './incarnation';

let bench: WorkerBench;
let incarnation: Incarnation;
const revision = makeRevision();
const batched = makeRevision({ maxBatchSize: 4, maxBatchDelayMs: 5 });

beforeEach(async () => {
  bench = await makeWorkerBench();
  incarnation = new Incarnation('worker-1', bench.parts);
  await incarnation.start();
});

afterEach(async () => {
  await incarnation.drop();
  await bench.remove();
});

async function serve(...revisions: (typeof revision)[]): Promise<void> {
  bench.placement.wanted = revisions.map((each) => ({ replicaId: `replica-${each.id}`, revision: each, profile: null }));
  incarnation.reconcile(bench.placement.wanted);
  await eventually(() => expect(bench.placement.states().filter((state) => state === 'READY')).toHaveLength(revisions.length));
}

function submit(items: number[][], to = revision, deadlineAt: Date | null = null) {
  return bench.ledger.submit(items.map((values) => numbers(...values)), { revisionId: to.id, deadlineAt });
}

function outcome(result: ItemResult): unknown {
  if ('error' in result) return result.error.code;
  const [tensor] = result.outputs;
  return tensor && 'data' in tensor ? valuesOf(tensor) : tensor;
}

async function outcomes(row: ReturnType<typeof submit>): Promise<unknown[]> {
  await eventually(() => expect(row.status).toBe('FINISHED'));
  expect(row.finishes).toBe(1);
  return row.results!.map(outcome);
}

describe('a replica at work', () => {
  it('runs the items of a chunk in order and writes them with their timing', async () => {
    const row = submit([[1], [2], [3]]);
    await serve(revision);
    expect(await outcomes(row)).toEqual([[1], [2], [3]]);
    expect(row).toMatchObject({ attempt: 1, timing: { computeMs: 3, batchSize: 1 } });
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });

  it('claims and finishes many small chunks in few statements', async () => {
    await serve(revision);
    const rows = Array.from({ length: 500 }, (_, value) => submit([[value]]));
    for (const [value, row] of rows.entries()) expect(await outcomes(row)).toEqual([[value]]);
    expect(bench.ledger.calls.claim).toBeLessThan(100);
    expect(bench.ledger.calls.finish).toBeLessThan(200);
    expect(bench.queue.held).toBe(0);
  });

  it('shares one claim statement between replicas', async () => {
    const other = makeRevision();
    await serve(revision, other);
    const rows = [submit([[1]]), submit([[2]], other)];
    for (const row of rows) await outcomes(row);
    expect(bench.ledger.calls.claim).toBe(1);
  });

  it('stacks items of equal shape, of any chunk, up to the batch size', async () => {
    const rows = [submit([[1], [2], [3]], batched), submit([[4], [5]], batched), submit([[6, 7]], batched)];
    await serve(batched);
    expect(await Promise.all(rows.map(outcomes))).toEqual([[[1], [2], [3]], [[4], [5]], [[6, 7]]]);
    expect(bench.loader.runs.every((rows) => rows.length <= 4)).toBe(true);
    expect(bench.loader.runs.length).toBeLessThan(5);
    expect(rows[0]!.timing!.batchSize).toBeGreaterThan(1);
  });

  it('stores outputs above 64 KiB as blobs', async () => {
    await serve(revision);
    const row = submit([[DEEDS.GROW]]);
    expect(await outcomes(row)).toEqual([{ name: 'y', datatype: 'UINT8', shape: [70_000], blob: `${row.jobId}/0/y` }]);
    expect(bench.blobs.blobs.size).toBe(1);
  });

  it('fails the item whose blob is gone, and no other', async () => {
    await serve(revision);
    const [present] = numbers(1);
    const gone = { name: 'x', datatype: 'INT32', shape: [1], blob: 'gone' } as const;
    const row = bench.ledger.submit([[{ ...gone, shape: [1] }], [present!]], { revisionId: revision.id });
    expect(await outcomes(row)).toEqual(['TENSOR_NOT_FOUND', [1]]);
  });

  it('does not begin what is past its deadline', async () => {
    let open: () => void = () => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    await serve(revision);
    const first = submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const deadlineAt = new Date(Date.now() + 300);
    const row = submit([[2], [3]], revision, deadlineAt);
    await eventually(() => expect(row.status).toBe('RUNNING'));
    await eventually(() => expect(Date.now()).toBeGreaterThan(deadlineAt.getTime()));
    open();
    expect(await outcomes(first)).toEqual([[1]]);
    expect(await outcomes(submit([[4]]))).toEqual([[4]]);
    expect(bench.loader.runs).toEqual([[1], [4]]);
    expect(row.finishes).toBe(0);
  });

  it('stops the run of a chunk whose deadline passes, hint or none', async () => {
    await serve(revision);
    submit([[DEEDS.HANG]], revision, new Date(Date.now() + 300));
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([DEEDS.HANG]));
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
    expect(bench.loader.loads).toBe(2);
  });

  it('leaves a chunk alone whose deadline has passed', async () => {
    await serve(revision);
    const row = submit([[1]], revision, new Date(Date.now() - 1));
    await eventually(() => expect(bench.queue.held).toBe(0));
    expect(row.status).toBe('QUEUED');
    expect(bench.loader.runs).toEqual([]);
  });
});

describe('replicas of one worker', () => {
  it('take turns on the device: with its slots taken a third waits until a run ends', async () => {
    const others = [makeRevision(), makeRevision()];
    await serve(revision, ...others);
    let open: () => void = () => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = [submit([[1]]), submit([[2]], others[0]), submit([[3]], others[1])];
    await eventually(() => expect(bench.parts.device.queue.depth).toBe(1));
    expect(bench.loader.runs).toHaveLength(2);
    open();
    expect(await Promise.all(rows.map(outcomes))).toEqual([[[1]], [[2]], [[3]]]);
  });
});

describe('an item that fails', () => {
  it('fails alone when its batch is refused', async () => {
    await serve(batched);
    expect(await outcomes(submit([[1], [DEEDS.REFUSE], [3]], batched))).toEqual([[1], 'INFERENCE_FAILED', [3]]);
    expect(bench.loader.loads).toBe(1);
  });

  it('is found by halves among the items of a refused batch', async () => {
    const wide = makeRevision({ maxBatchSize: 16 });
    await serve(wide);
    const values = Array.from({ length: 16 }, (_, value) => (value === 11 ? DEEDS.REFUSE : value));
    expect(await outcomes(submit(values.map((value) => [value]), wide))).toEqual(values.map((value) => (value === DEEDS.REFUSE ? 'INFERENCE_FAILED' : [value])));
    expect(bench.loader.runs.map(({ length }) => length).sort((a, b) => b - a)).toEqual([16, 8, 8, 4, 4, 2, 2, 1, 1]);
    expect(bench.loader.loads).toBe(1);
  });

  it.each([[DEEDS.CRASH, 'RUNNER_CRASHED'], [DEEDS.EXHAUST, 'DEVICE_OUT_OF_MEMORY'], [DEEDS.TIMEOUT, 'INFERENCE_TIMEOUT']])(
    'takes its runner along but not its neighbours (%i, %s)', async (deed, code) => {
      await serve(batched);
      const rows = [submit([[1], [deed], [3]], batched), submit([[4]], batched)];
      expect(await Promise.all(rows.map(outcomes))).toEqual([[[1], code, [3]], [[4]]]);
      const [together, alone, ...others] = bench.loader.runs.filter((run) => run.includes(deed));
      expect([together!.length > 1, alone, others]).toEqual([true, [deed], []]);
      expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
    });

  it('fails alone among short runs that share an exchange with the runner', async () => {
    await serve(revision);
    const warmUp = Array.from({ length: 30 }, () => submit([[0]]));
    await Promise.all(warmUp.map(outcomes));
    const rows = [submit([[1], [DEEDS.REFUSE], [2]]), submit([[3], [DEEDS.CRASH]]), submit([[4]])];
    expect(await Promise.all(rows.map(outcomes))).toEqual([[[1], 'INFERENCE_FAILED', [2]], [[3], 'RUNNER_CRASHED'], [[4]]]);
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });

  it('crashes twice before it fails, times out once', async () => {
    await serve(revision);
    expect(await outcomes(submit([[DEEDS.CRASH], [DEEDS.TIMEOUT]]))).toEqual(['RUNNER_CRASHED', 'INFERENCE_TIMEOUT']);
    expect(bench.loader.runs).toEqual([[DEEDS.CRASH], [DEEDS.CRASH], [DEEDS.TIMEOUT]]);
  });
});

describe('a chunk known to be short', () => {
  /** Runs enough of them that the replica knows its pace. */
  async function warm(): Promise<void> {
    await serve(revision);
    await Promise.all(Array.from({ length: 30 }, () => outcomes(submit([[0]]))));
    expect(bench.ledger.calls.peek).toBeGreaterThan(0);
    Object.assign(bench.ledger.calls, { claim: 0, peek: 0 });
  }

  it('is only read, and claimed by the statement that finishes it', async () => {
    await warm();
    const row = submit([[1]]);
    expect(await outcomes(row)).toEqual([[1]]);
    expect(row.attempt).toBe(1);
    expect(bench.ledger.calls).toMatchObject({ peek: 1, claim: 0 });
  });

  it('keeps its queue entry until its result is written', async () => {
    await warm();
    bench.ledger.isAway = true;
    const row = submit([[1]]);
    await eventually(() => expect(bench.ledger.calls.peek).toBeGreaterThan(0));
    expect(bench.queue.held).toBe(1);
    bench.ledger.isAway = false;
    await outcomes(row);
    await eventually(() => expect(bench.queue.held).toBe(0));
  });

  it('is claimed after all when it takes long, so that it can be canceled', async () => {
    await warm();
    const endless = submit([[DEEDS.HANG]]);
    await eventually(() => expect(endless).toMatchObject({ status: 'RUNNING', attempt: 1 }));
    await eventually(() => expect(bench.queue.held).toBe(0));
    bench.ledger.cancel(endless);
    bench.bus.publish('chunk-cancel', endless.jobId);
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
  });

  it('has its run ended when it was canceled before it was claimed', async () => {
    await warm();
    const endless = submit([[DEEDS.HANG]]);
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([DEEDS.HANG]));
    bench.ledger.cancel(endless);
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
    expect(endless).toMatchObject({ status: 'CANCELED', finishes: 0 });
    await eventually(() => expect(bench.queue.held).toBe(0));
  });

  it('is claimed before it runs when its entry was delivered before', async () => {
    await warm();
    const row = bench.ledger.submit([numbers(1)], { revisionId: 'elsewhere' });
    void bench.queue.deliverAgain(revisionQueue(revision.id), [{ jobId: row.jobId, chunk: 0, lease: 1 }]);
    expect(await outcomes(row)).toEqual([[1]]);
    expect(bench.ledger.calls).toMatchObject({ peek: 0, claim: 1 });
  });

  it('is given back by a worker that was declared gone, though its row names no worker', async () => {
    await warm();
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const row = submit([[1]]);
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([1]));
    await incarnation.drop();
    open();
    await eventually(() => expect(row).toMatchObject({ status: 'QUEUED', lease: 2, finishes: 0 }));
  });

  it('tells the deployment how fast it is, once and again when that has changed notably', async () => {
    await warm();
    await incarnation.tellPaces();
    await incarnation.tellPaces();
    expect(bench.placement.paces).toEqual([{ replicaId: `replica-${revision.id}`, itemMs: expect.closeTo(1, 0) as number }]);
  });
});

describe('a direct call with a deadline', () => {
  it('is refused unbegun when it would end too late, and stays out of the runner', async () => {
    await serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const failed = jest.fn();
    const call = new DirectCall({ call: 1, inputs: numbers(2), outputs: null, withinMs: 50 }, { started: jest.fn(), done: jest.fn(), failed });
    incarnation.replica(`replica-${revision.id}`)!.call(call);
    await eventually(() => expect(performance.now()).toBeGreaterThan(call.deadlineAt!));
    open();
    await eventually(() => expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'DEADLINE_EXCEEDED' })));
    expect(bench.loader.runs).toEqual([[1]]);
  });
});

describe('a runner that holds too much memory', () => {
  it('is replaced between two runs, and not again at once when the next one does so too', async () => {
    await serve(revision);
    bench.loader.isBloated = true;
    for (let value = 1; value < 4; value += 1) expect(await outcomes(submit([[value]]))).toEqual([[value]]);
    await eventually(() => expect(bench.loader.alive).toHaveLength(1));
    expect(bench.loader.loads).toBe(2);
    expect(bench.loader.runs).toEqual([[1], [2], [3]]);
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });
});

describe('a cancelled job', () => {
  it('has its runner killed, and innocent chunks run again under their own lease', async () => {
    await serve(batched);
    const endless = submit([[DEEDS.HANG]], batched);
    const innocent = submit([[1]], batched);
    await eventually(() => expect(bench.loader.runs[0]).toEqual([DEEDS.HANG, 1]));
    bench.ledger.cancel(endless);
    bench.bus.publish('chunk-cancel', endless.jobId);
    expect(await outcomes(innocent)).toEqual([[1]]);
    expect(innocent).toMatchObject({ lease: 1, attempt: 1 });
    expect(endless.status).toBe('CANCELED');
    expect(bench.loader.loads).toBe(2);
  });

  it('is stopped also when it was canceled while it waited for a new runner', async () => {
    await serve(revision);
    let open = (): void => undefined;
    bench.loader.loadGate = new Promise((resolve) => { open = resolve; });
    const [first, second] = [submit([[DEEDS.HANG]]), submit([[DEEDS.HANG]])];
    for (const endless of [first, second]) {
      await eventually(() => expect(endless.status).toBe('RUNNING'));
      bench.ledger.cancel(endless);
      bench.bus.publish('chunk-cancel', endless.jobId);
      if (endless === first) await eventually(() => expect(bench.loader.loads).toBe(2));
    }
    const canceledAt = performance.now();
    // Longer than a run is given to end by itself: the kill that is due then finds no runner.
    await eventually(() => expect(performance.now()).toBeGreaterThan(canceledAt + 250));
    open();
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
  });

  it('is noticed without a hint', async () => {
    await serve(revision);
    const endless = submit([[DEEDS.HANG]]);
    await eventually(() => expect(endless.status).toBe('RUNNING'));
    bench.ledger.cancel(endless);
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
  });
});

describe('while Postgres is away', () => {
  it('keeps claims and results until they are answered', async () => {
    await serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const running = submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    bench.ledger.isAway = true;
    open();
    const later = submit([[2]]);
    await eventually(() => expect(bench.ledger.calls.finish).toBeGreaterThan(1));
    bench.ledger.isAway = false;
    expect(await Promise.all([running, later].map(outcomes))).toEqual([[[1]], [[2]]]);
    expect(bench.loader.runs).toEqual([[1], [2]]);
  });

  it('gives back what a claim may have taken whose answer was lost', async () => {
    await serve(revision);
    bench.ledger.losesAnswerOf = 'claim';
    const row = submit([[1]]);
    expect(await outcomes(row)).toEqual([[1]]);
    expect(row).toMatchObject({ attempt: 2, lease: 2 });
    expect(bench.loader.runs).toEqual([[1]]);
  });

  it('takes a result for written whose answer was lost', async () => {
    await serve(revision);
    bench.ledger.losesAnswerOf = 'finish';
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
  });
});

describe('an ending worker', () => {
  it('finishes what runs, gives back the rest and leaves', async () => {
    await serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = Array.from({ length: 20 }, (_, value) => submit([[value]]));
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const left = incarnation.leave(5_000);
    await eventually(() => expect(bench.ledger.calls.giveBack).toBe(1));
    open();
    await left;
    expect(rows.map(({ status }) => status)).toEqual(['FINISHED', ...new Array<string>(19).fill('QUEUED')]);
    expect(rows.slice(1).every(({ lease }) => lease === 2)).toBe(true);
    expect(bench.placement.states()).toEqual(['LOADING', 'READY', 'STOPPED']);
    expect(bench.placement.left).toEqual(['worker-1']);
    expect(bench.loader.alive).toEqual([]);
  });

  it('kills what outlives the grace and gives it back', async () => {
    await serve(revision);
    const endless = submit([[DEEDS.HANG]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    await incarnation.leave(50);
    expect(endless).toMatchObject({ status: 'QUEUED', lease: 2 });
    expect(bench.loader.alive).toEqual([]);
  });

  it('unloads what it is no longer assigned', async () => {
    await serve(revision);
    incarnation.reconcile([]);
    await eventually(() => expect(bench.placement.states()).toEqual(['LOADING', 'READY', 'STOPPED']));
    expect(bench.loader.alive).toEqual([]);
  });

  it('writes nothing for leases that were taken away', async () => {
    await serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = Array.from({ length: 5 }, (_, value) => submit([[value]]));
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    await incarnation.drop();
    open();
    expect(bench.loader.alive).toEqual([]);
    expect(bench.ledger.calls.finish).toBe(0);
    expect(rows[0]).toMatchObject({ status: 'RUNNING', lease: 1 });
  });
});

describe('a replica that cannot live', () => {
  it('fails with the reason when it cannot be loaded', async () => {
    bench.loader.loadError = new PlatformError('MODEL_LOAD_FAILED', 'no such operator');
    incarnation.reconcile([{ replicaId: 'r', revision, profile: null }]);
    await eventually(() => expect(bench.placement.reports.at(-1)).toEqual({ replicaId: 'r', state: 'FAILED', reason: { code: 'MODEL_LOAD_FAILED', message: 'no such operator' } }));
    incarnation.reconcile([{ replicaId: 'r', revision, profile: null }]);
    expect(bench.loader.loads).toBe(1);
  });

  it('is restarted when its idle runner ends', async () => {
    await serve(revision);
    bench.loader.alive[0]!.end();
    expect(await outcomes(submit([[1]]))).toEqual([[1]]);
    expect(bench.loader.loads).toBe(2);
  });

  it('is given up after five failures in a row, and gives its work back', async () => {
    await serve(revision);
    bench.loader.loadError = new PlatformError('MODEL_LOAD_FAILED', 'disk gone');
    bench.loader.alive[0]!.end();
    const row = submit([[1]]);
    await eventually(() => expect(bench.placement.reports.at(-1)).toMatchObject({ state: 'FAILED', reason: { code: 'REPLICA_FAILED' } }));
    expect(row.status).toBe('QUEUED');
    expect(bench.loader.loads).toBe(5);
  });
});
