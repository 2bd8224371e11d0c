import { PlatformError } from '../platform/errors';
import { eventually } from '../test/support/eventually';
import { DEEDS } from '../test/support/fake-runner';
import { makeIncarnationBench, type IncarnationBench } from '../test/support/incarnation-bench';
import { makeRevision } from '../test/support/worker-bench';

let bench: IncarnationBench;
const revision = makeRevision();
const batched = makeRevision({ maxBatchSize: 4, maxBatchDelayMs: 5 });

beforeEach(async () => { bench = await makeIncarnationBench(revision); });

afterEach(() => bench.remove());

describe('a cancelled job', () => {
  it('has its runner killed, and innocent chunks run again under their own lease', async () => {
    await bench.serve(batched);
    const endless = bench.submit([[DEEDS.HANG]], batched);
    const innocent = bench.submit([[1]], batched);
    await eventually(() => expect(bench.loader.runs[0]).toEqual([DEEDS.HANG, 1]));
    bench.ledger.cancel(endless);
    bench.bus.publish('chunk-cancel', endless.jobId);
    expect(await bench.outcomes(innocent)).toEqual([[1]]);
    expect(innocent).toMatchObject({ lease: 1, attempt: 1 });
    expect(endless.status).toBe('CANCELED');
    expect(bench.loader.loads).toBe(2);
  });

  it('is told as compute saved: what its items were predicted to take, and nothing of a run that took longer', async () => {
    await bench.serve(revision);
    await bench.outcomes(bench.submit([[1]]));
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const running = bench.submit([[2]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(2));
    const waiting = bench.submit([[3], [4], [5]]);
    await eventually(() => expect(waiting.status).toBe('RUNNING'));
    bench.ledger.cancel(waiting);
    bench.bus.publish('chunk-cancel', waiting.jobId);
    const itemMs = bench.incarnation.replica(`replica-${revision.id}`)!.itemMs!;
    await eventually(() => expect(bench.recorder.savings).toEqual([{ deploymentId: revision.deploymentId, reason: 'CANCELED', ms: 3 * itemMs }]));
    await eventually(() => expect(running.status).toBe('RUNNING'));
    const startedAt = performance.now();
    await eventually(() => expect(performance.now() - startedAt).toBeGreaterThan(itemMs));
    bench.ledger.cancel(running);
    bench.bus.publish('chunk-cancel', running.jobId);
    await eventually(() => expect(bench.loader.loads).toBe(2));
    expect(bench.recorder.savings).toHaveLength(1);
    open();
  });

  it('is stopped also when it was canceled while it waited for a new runner', async () => {
    await bench.serve(revision);
    let open = (): void => undefined;
    bench.loader.loadGate = new Promise((resolve) => { open = resolve; });
    const [first, second] = [bench.submit([[DEEDS.HANG]]), bench.submit([[DEEDS.HANG]])];
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
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
  });

  it('is noticed without a hint', async () => {
    await bench.serve(revision);
    const endless = bench.submit([[DEEDS.HANG]]);
    await eventually(() => expect(endless.status).toBe('RUNNING'));
    bench.ledger.cancel(endless);
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
  });
});

describe('while Postgres is away', () => {
  it('keeps claims and results until they are answered', async () => {
    await bench.serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const running = bench.submit([[1]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    bench.ledger.isAway = true;
    open();
    const later = bench.submit([[2]]);
    await eventually(() => expect(bench.ledger.calls.finish).toBeGreaterThan(1));
    bench.ledger.isAway = false;
    expect(await Promise.all([running, later].map(bench.outcomes))).toEqual([[[1]], [[2]]]);
    expect(bench.loader.runs).toEqual([[1], [2]]);
  });

  it('gives back what a claim may have taken whose answer was lost', async () => {
    await bench.serve(revision);
    bench.ledger.losesAnswerOf = 'claim';
    const row = bench.submit([[1]]);
    expect(await bench.outcomes(row)).toEqual([[1]]);
    expect(row).toMatchObject({ attempt: 2, lease: 2 });
    expect(bench.loader.runs).toEqual([[1]]);
  });

  it('takes a result for written whose answer was lost', async () => {
    await bench.serve(revision);
    bench.ledger.losesAnswerOf = 'finish';
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
  });
});

describe('an ending worker', () => {
  it('finishes what runs, gives back the rest and leaves', async () => {
    await bench.serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = Array.from({ length: 20 }, (_, value) => bench.submit([[value]]));
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    const left = bench.incarnation.leave(5_000);
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
    await bench.serve(revision);
    const endless = bench.submit([[DEEDS.HANG]]);
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    await bench.incarnation.leave(50);
    expect(endless).toMatchObject({ status: 'QUEUED', lease: 2 });
    expect(bench.loader.alive).toEqual([]);
  });

  it('unloads what it is no longer assigned', async () => {
    await bench.serve(revision);
    bench.incarnation.reconcile([]);
    await eventually(() => expect(bench.placement.states()).toEqual(['LOADING', 'READY', 'STOPPED']));
    expect(bench.loader.alive).toEqual([]);
  });

  it('writes nothing for leases that were taken away', async () => {
    await bench.serve(revision);
    let open = (): void => undefined;
    bench.loader.gate = new Promise((resolve) => { open = resolve; });
    const rows = Array.from({ length: 5 }, (_, value) => bench.submit([[value]]));
    await eventually(() => expect(bench.loader.runs).toHaveLength(1));
    await bench.incarnation.drop();
    open();
    expect(bench.loader.alive).toEqual([]);
    expect(bench.ledger.calls.finish).toBe(0);
    expect(rows[0]).toMatchObject({ status: 'RUNNING', lease: 1 });
  });
});

describe('a replica that cannot live', () => {
  it('fails with the reason when it cannot be loaded', async () => {
    bench.loader.loadError = new PlatformError('MODEL_LOAD_FAILED', 'no such operator');
    bench.incarnation.reconcile([{ replicaId: 'r', revision, profile: null }]);
    await eventually(() => expect(bench.placement.reports.at(-1)).toEqual({ replicaId: 'r', state: 'FAILED', reason: { code: 'MODEL_LOAD_FAILED', message: 'no such operator' } }));
    bench.incarnation.reconcile([{ replicaId: 'r', revision, profile: null }]);
    expect(bench.loader.loads).toBe(1);
  });

  it('is restarted when its idle runner ends', async () => {
    await bench.serve(revision);
    bench.loader.alive[0]!.end();
    expect(await bench.outcomes(bench.submit([[1]]))).toEqual([[1]]);
    expect(bench.loader.loads).toBe(2);
  });

  it('is given up after five failures in a row, and gives its work back', async () => {
    await bench.serve(revision);
    bench.loader.loadError = new PlatformError('MODEL_LOAD_FAILED', 'disk gone');
    bench.loader.alive[0]!.end();
    const row = bench.submit([[1]]);
    await eventually(() => expect(bench.placement.reports.at(-1)).toMatchObject({ state: 'FAILED', reason: { code: 'REPLICA_FAILED' } }));
    expect(row.status).toBe('QUEUED');
    expect(bench.loader.loads).toBe(5);
  });
});
