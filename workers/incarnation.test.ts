import { revisionQueue } from '../platform/queue/queue';
import { eventually } from '../test/support/eventually';
import { DEEDS, numbers } from '../test/support/fake-runner';
import { makeIncarnationBench, type IncarnationBench } from '../test/support/incarnation-bench';
import { makeRevision } from '../test/support/worker-bench';
import { DirectCall } from './direct/direct-call';

let bench: IncarnationBench;
const revision = makeRevision();
const batched = makeRevision({ maxBatchSize: 4, maxBatchDelayMs: 5 });

beforeEach(async () => { bench = await makeIncarnationBench(revision); });

afterEach(() => bench.remove());

describe('a replica at work', () => {
  it('runs the items of a chunk in order and writes them with their timing', async () => {
    const row = bench.submit([[1], [2], [3]]);
    await bench.serve(revision);
    expect(await bench.outcomes(row)).toEqual([[1], [2], [3]]);
    expect(row).toMatchObject({ attempt: 1, timing: { computeMs: 3, batchSize: 1 } });
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });

  it('claims and finishes many small chunks in few statements', async () => {
    await bench.serve(revision);
    const rows = Array.from({ length: 500 }, (_, value) => bench.submit([[value]]));
    for (const [value, row] of rows.entries()) expect(await bench.outcomes(row)).toEqual([[value]]);
    expect(bench.ledger.calls.claim).toBeLessThan(100);
    expect(bench.ledger.calls.finish).toBeLessThan(200);
    expect(bench.queue.held).toBe(0);
  });

  it('shares one claim statement between replicas', async () => {
    const other = makeRevision();
    await bench.serve(revision, other);
    const rows = [bench.submit([[1]]), bench.submit([[2]], other)];
    for (const row of rows) await bench.outcomes(row);
    expect(bench.ledger.calls.claim).toBe(1);
  });

  it('stacks items of equal shape, of any chunk, up to the batch size', async () => {
    const rows = [bench.submit([[1], [2], [3]], batched), bench.submit([[4], [5]], batched), bench.submit([[6, 7]], batched)];
    await bench.serve(batched);
    expect(await Promise.all(rows.map(bench.outcomes))).toEqual([[[1], [2], [3]], [[4], [5]], [[6, 7]]]);
    expect(bench.loader.runs.every((rows) => rows.length <= 4)).toBe(true);
    expect(bench.loader.runs.length).toBeLessThan(5);
    expect(rows[0]!.timing!.batchSize).toBeGreaterThan(1);
  });

  it('stores outputs above 64 KiB as blobs', async () => {
    await bench.serve(revision);
    const row = bench.submit([[DEEDS.GROW]]);
    expect(await bench.outcomes(row)).toEqual([{ name: 'y', datatype: 'UINT8', shape: [70_000], blob: `${row.jobId}/0/y` }]);
    expect(bench.blobs.blobs.size).toBe(1);
  });

  it('fails the item whose blob is gone, and no other', async () => {
    await bench.serve(revision);
    const [present] = numbers(1);
    const gone = { name: 'x', datatype: 'INT32', shape: [1], blob: 'gone' } as const;
    const row = bench.ledger.submit([[{ ...gone, shape: [1] }], [present!]], { revisionId: revision.id });
    expect(await bench.outcomes(row)).toEqual(['TENSOR_NOT_FOUND', [1]]);
  });

  it('does not begin what is past its deadline', async () => {
    let open: () => void = () => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    await bench.serve(revision);
    const first = bench.submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const deadlineAt = new Date(Date.now() + 300);
    const row = bench.submit([[2], [3]], revision, deadlineAt);
    await eventually(() => expect(row.status).toBe('RUNNING'));
    await eventually(() => expect(Date.now()).toBeGreaterThan(deadlineAt.getTime()));
    open();
    expect(await bench.outcomes(first)).toEqual([[1]]);
    expect(await bench.outcomes(bench.submit([[4]]))).toEqual([[4]]);
    expect(bench.loader.runs).toEqual([[1], [4]]);
    expect(row.finishes).toBe(0);
    // Nothing had run yet, so nothing was predicted.
    expect(bench.recorder.savings).toEqual([]);
  });

  it('stops the run of a chunk whose deadline passes, hint or none', async () => {
    await bench.serve(revision);
    bench.submit([[DEEDS.HANG]], revision, new Date(Date.now() + 300));
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([DEEDS.HANG]));
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
    expect(bench.loader.loads).toBe(2);
  });

  it('leaves a chunk alone whose deadline has passed', async () => {
    await bench.serve(revision);
    const row = bench.submit([[1]], revision, new Date(Date.now() - 1));
    await eventually(() => expect(bench.queue.held).toBe(0));
    expect(row.status).toBe('QUEUED');
    expect(bench.loader.runs).toEqual([]);
  });
});

describe('replicas of one worker', () => {
  it('take turns on the device: with its slots taken a third waits until a run ends', async () => {
    const others = [makeRevision(), makeRevision()];
    await bench.serve(revision, ...others);
    let open: () => void = () => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = [bench.submit([[1]]), bench.submit([[2]], others[0]), bench.submit([[3]], others[1])];
    await eventually(() => expect(bench.parts.device.queue.depth).toBe(1));
    expect(bench.loader.runs).toHaveLength(2);
    open();
    expect(await Promise.all(rows.map(bench.outcomes))).toEqual([[[1]], [[2]], [[3]]]);
  });
});

describe('an item that fails', () => {
  it('fails alone when its batch is refused', async () => {
    await bench.serve(batched);
    expect(await bench.outcomes(bench.submit([[1], [DEEDS.REFUSE], [3]], batched))).toEqual([[1], 'INFERENCE_FAILED', [3]]);
    expect(bench.loader.loads).toBe(1);
  });

  it('is found by halves among the items of a refused batch', async () => {
    const wide = makeRevision({ maxBatchSize: 16 });
    await bench.serve(wide);
    const values = Array.from({ length: 16 }, (_, value) => (value === 11 ? DEEDS.REFUSE : value));
    expect(await bench.outcomes(bench.submit(values.map((value) => [value]), wide))).toEqual(values.map((value) => (value === DEEDS.REFUSE ? 'INFERENCE_FAILED' : [value])));
    expect(bench.loader.runs.map(({ length }) => length).sort((a, b) => b - a)).toEqual([16, 8, 8, 4, 4, 2, 2, 1, 1]);
    expect(bench.loader.loads).toBe(1);
  });

  it.each([[DEEDS.CRASH, 'RUNNER_CRASHED'], [DEEDS.EXHAUST, 'DEVICE_OUT_OF_MEMORY'], [DEEDS.TIMEOUT, 'INFERENCE_TIMEOUT']])(
    'takes its runner along but not its neighbours (%i, %s)', async (deed, code) => {
      await bench.serve(batched);
      const rows = [bench.submit([[1], [deed], [3]], batched), bench.submit([[4]], batched)];
      expect(await Promise.all(rows.map(bench.outcomes))).toEqual([[[1], code, [3]], [[4]]]);
      const [together, alone, ...others] = bench.loader.runs.filter((run) => run.includes(deed));
      expect([together!.length > 1, alone, others]).toEqual([true, [deed], []]);
      expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
    });

  it('fails alone among short runs that share an exchange with the runner', async () => {
    await bench.serve(revision);
    const warmUp = Array.from({ length: 30 }, () => bench.submit([[0]]));
    await Promise.all(warmUp.map(bench.outcomes));
    const rows = [bench.submit([[1], [DEEDS.REFUSE], [2]]), bench.submit([[3], [DEEDS.CRASH]]), bench.submit([[4]])];
    expect(await Promise.all(rows.map(bench.outcomes))).toEqual([[[1], 'INFERENCE_FAILED', [2]], [[3], 'RUNNER_CRASHED'], [[4]]]);
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });

  it('crashes twice before it fails, times out once', async () => {
    await bench.serve(revision);
    expect(await bench.outcomes(bench.submit([[DEEDS.CRASH], [DEEDS.TIMEOUT]]))).toEqual(['RUNNER_CRASHED', 'INFERENCE_TIMEOUT']);
    expect(bench.loader.runs).toEqual([[DEEDS.CRASH], [DEEDS.CRASH], [DEEDS.TIMEOUT]]);
  });
});

describe('a chunk known to be short', () => {
  /** Runs enough of them that the replica knows its pace. */
  async function warm(): Promise<void> {
    await bench.serve(revision);
    await Promise.all(Array.from({ length: 30 }, () => bench.outcomes(bench.submit([[0]]))));
    expect(bench.ledger.calls.peek).toBeGreaterThan(0);
    Object.assign(bench.ledger.calls, { claim: 0, peek: 0 });
  }

  it('is only read, and claimed by the statement that finishes it', async () => {
    await warm();
    const row = bench.submit([[1]]);
    expect(await bench.outcomes(row)).toEqual([[1]]);
    expect(row.attempt).toBe(1);
    expect(bench.ledger.calls).toMatchObject({ peek: 1, claim: 0 });
  });

  it('keeps its queue entry until its result is written', async () => {
    await warm();
    bench.ledger.isAway = true;
    const row = bench.submit([[1]]);
    await eventually(() => expect(bench.ledger.calls.peek).toBeGreaterThan(0));
    expect(bench.queue.held).toBe(1);
    bench.ledger.isAway = false;
    await bench.outcomes(row);
    await eventually(() => expect(bench.queue.held).toBe(0));
  });

  it('is claimed after all when it takes long, so that it can be canceled', async () => {
    await warm();
    const endless = bench.submit([[DEEDS.HANG]]);
    await eventually(() => expect(endless).toMatchObject({ status: 'RUNNING', attempt: 1 }));
    await eventually(() => expect(bench.queue.held).toBe(0));
    bench.ledger.cancel(endless);
    bench.bus.publish('chunk-cancel', endless.jobId);
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
  });

  it('has its run ended when it was canceled before it was claimed', async () => {
    await warm();
    const endless = bench.submit([[DEEDS.HANG]]);
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([DEEDS.HANG]));
    bench.ledger.cancel(endless);
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
    expect(endless).toMatchObject({ status: 'CANCELED', finishes: 0 });
    await eventually(() => expect(bench.queue.held).toBe(0));
  });

  it('is claimed before it runs when its entry was delivered before', async () => {
    await warm();
    const row = bench.ledger.submit([numbers(1)], { revisionId: 'elsewhere' });
    void bench.queue.deliverAgain(revisionQueue(revision.id), [{ jobId: row.jobId, chunk: 0, lease: 1 }]);
    expect(await bench.outcomes(row)).toEqual([[1]]);
    expect(bench.ledger.calls).toMatchObject({ peek: 0, claim: 1 });
  });

  it('is given back by a worker that was declared gone, though its row names no worker', async () => {
    await warm();
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const row = bench.submit([[1]]);
    await eventually(() => expect(bench.loader.runs.at(-1)).toEqual([1]));
    await bench.incarnation.drop();
    open();
    await eventually(() => expect(row).toMatchObject({ status: 'QUEUED', lease: 2, finishes: 0 }));
  });

  it('tells the deployment how fast it is, once and again when that has changed notably', async () => {
    await warm();
    await bench.incarnation.tellPaces();
    await bench.incarnation.tellPaces();
    expect(bench.placement.paces).toEqual([{ replicaId: `replica-${revision.id}`, itemMs: expect.closeTo(1, 0) as number }]);
  });
});

describe('a direct call with a deadline', () => {
  it('is refused unbegun when it would end too late, and stays out of the runner', async () => {
    await bench.serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    bench.submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const failed = jest.fn();
    const call = new DirectCall({ call: 1, inputs: numbers(2), outputs: null, deadlineMs: 50 }, { started: jest.fn(), done: jest.fn(), failed });
    bench.incarnation.replica(`replica-${revision.id}`)!.call(call);
    await eventually(() => expect(performance.now()).toBeGreaterThan(call.deadlineAt!));
    open();
    await eventually(() => expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'DEADLINE_EXCEEDED' })));
    expect(bench.loader.runs).toEqual([[1]]);
  });
});

describe('a runner that holds too much memory', () => {
  it('is replaced between two runs, and not again at once when the next one does so too', async () => {
    await bench.serve(revision);
    bench.loader.isBloated = true;
    for (let value = 1; value < 4; value += 1) expect(await bench.outcomes(bench.submit([[value]]))).toEqual([[value]]);
    await eventually(() => expect(bench.loader.alive).toHaveLength(1));
    expect(bench.loader.loads).toBe(2);
    expect(bench.loader.runs).toEqual([[1], [2], [3]]);
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });
});
