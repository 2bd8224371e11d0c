import type { FinishedChunk, Lease } from '../../subgraphs/inference/worker.contract';
import { MemoryLedger } from '../../test/support/memory-ledger';
import { MemoryRecorder } from '../../test/support/memory-recorder';
import { MeasuredLedger } from './measured.ledger';

const WORKER = 'worker';
const timing = { heldMs: 9, batchWaitMs: 1, computeMs: 5, ownComputeMs: 2.5, batchSize: 2 };

function makeMeasured() {
  const [jobs, recorder] = [new MemoryLedger(), new MemoryRecorder()];
  const lease = (itemCount = 1): Lease => ({ jobId: jobs.submit(Array.from({ length: itemCount }, () => [])).jobId, chunk: 0, lease: 1 });
  return { ledger: new MeasuredLedger(jobs, recorder), jobs, recorder, lease };
}

const finished = (lease: Lease, items: FinishedChunk['items'] = [{ outputs: [] }]): FinishedChunk => ({ ...lease, items, timing });

describe('the measured ledger', () => {
  it('tells of a chunk once its result is written, from its acceptance on', async () => {
    const { ledger, recorder, lease } = makeMeasured();
    const mine = lease();
    const [claimed] = await ledger.claim(WORKER, [mine]);
    expect(recorder.works).toEqual([]);
    await ledger.finish(WORKER, [finished(mine)]);
    const { heldMs: _, ...told } = timing;
    expect(recorder.works).toEqual([{ deploymentId: claimed!.deploymentId, lane: 'queued', items: 1, errors: [], latencyMs: expect.any(Number), timing: { queuedMs: claimed!.queuedMs, ...told } }]);
    expect(recorder.works[0]!.latencyMs).toBeGreaterThan(claimed!.queuedMs);
  });

  it('takes a chunk that was read first and claimed later as taken when it was read, and counts it once', async () => {
    const { ledger, recorder, lease } = makeMeasured();
    const mine = lease();
    await ledger.peek([mine]);
    await ledger.claim(WORKER, [mine]);
    await ledger.finish(WORKER, [finished(mine)]);
    expect(recorder.works).toHaveLength(1);
  });

  it('tells the codes of items that failed, and counts those that came too late as dropped', async () => {
    const { ledger, recorder, lease } = makeMeasured();
    const mine = lease(3);
    await ledger.claim(WORKER, [mine]);
    const error = (code: 'INFERENCE_FAILED' | 'DEADLINE_EXCEEDED') => ({ error: { code, message: 'no' } });
    await ledger.finish(WORKER, [finished(mine, [error('DEADLINE_EXCEEDED'), { outputs: [] }, error('INFERENCE_FAILED')])]);
    expect(recorder.works[0]).toMatchObject({ items: 3, errors: ['DEADLINE_EXCEEDED', 'INFERENCE_FAILED'] });
    expect(recorder.drops).toEqual([{ deploymentId: 'deployment', reason: 'DEADLINE_EXCEEDED', items: 1 }]);
  });

  it('counts nothing for a lease that was taken away, given back or revoked', async () => {
    const { ledger, jobs, recorder, lease } = makeMeasured();
    const [lost, returned, canceled] = [lease(), lease(), lease()];
    await ledger.claim(WORKER, [lost, returned, canceled]);
    jobs.takeAway(jobs.rows.get(lost.jobId)!);
    expect(await ledger.finish(WORKER, [finished(lost)])).toHaveLength(1);
    await ledger.giveBack(WORKER, [returned], { code: 'WORKER_LOST', message: 'stops' });
    jobs.cancel(jobs.rows.get(canceled.jobId)!);
    await ledger.revoked(WORKER, [canceled]);
    await ledger.finish(WORKER, [finished(returned), finished(canceled)]);
    expect(recorder.works).toEqual([]);
  });

  it('counts a result whose answer was lost when it is written again', async () => {
    const { ledger, jobs, recorder, lease } = makeMeasured();
    const mine = lease();
    await ledger.claim(WORKER, [mine]);
    jobs.isAway = true;
    await expect(ledger.finish(WORKER, [finished(mine)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(recorder.works).toEqual([]);
    jobs.isAway = false;
    await ledger.finish(WORKER, [finished(mine)]);
    expect(recorder.works).toHaveLength(1);
  });

  it('makes no call of its own', async () => {
    const { ledger, jobs, lease } = makeMeasured();
    const mine = lease();
    await ledger.claim(WORKER, [mine]);
    await ledger.finish(WORKER, [finished(mine)]);
    expect(jobs.calls).toEqual({ claim: 1, peek: 0, finish: 1, giveBack: 0, revoked: 0 });
  });
});
