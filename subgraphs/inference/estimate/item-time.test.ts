import { addWork, noMetrics } from '../metrics/metric-row';
import { assumedTime, measuredItemMs, observedTime } from './item-time';

function sumsOf(works: { ownComputeMs: number; latencyMs: number }[]) {
  const sums = noMetrics();
  for (const { ownComputeMs, latencyMs } of works) addWork(sums, {
    deploymentId: 'd', lane: 'queued', items: 1, errors: [], latencyMs, timing: { queuedMs: 0, batchWaitMs: 0, computeMs: ownComputeMs, ownComputeMs, batchSize: 1 },
  });
  return sums;
}

describe('what is known of an item\'s compute', () => {
  it('is what items took of late: their mean, how they differ, and what the way itself takes', () => {
    const { meanMs, deviationMs, p95Ms, overheadMs } = observedTime(sumsOf(Array.from({ length: 100 }, (_, index) => ({ ownComputeMs: index % 2 ? 10 : 30, latencyMs: 60 }))))!;
    expect(meanMs).toBe(20);
    expect(deviationMs).toBeGreaterThan(8);
    expect(deviationMs).toBeLessThan(12);
    expect(p95Ms).toBeGreaterThan(25);
    expect(overheadMs).toBeGreaterThan(30);
    expect(overheadMs).toBeLessThan(42);
  });

  it('is nothing where nothing ran, nor a way that takes less than nothing', () => {
    expect(observedTime(noMetrics())).toBeNull();
    expect(observedTime(sumsOf([{ ownComputeMs: 50, latencyMs: 10 }]))!.overheadMs).toBe(0);
  });

  it('is what a worker measured at the batch size that pays', () => {
    const table = [{ batchSize: 1, msPerBatch: 8 }, { batchSize: 4, msPerBatch: 16 }];
    const profile = { table, chosenMaxBatch: 4, gain: 2, maxRelativeError: 0, reason: 'pays' };
    expect(measuredItemMs(profile)).toBe(4);
    expect(measuredItemMs({ ...profile, chosenMaxBatch: 1 })).toBe(8);
    expect(measuredItemMs({ ...profile, table: [] })).toBeNull();
    expect(assumedTime(8)).toMatchObject({ meanMs: 8, deviationMs: 4 });
  });
});
