import { silentLog } from '../../../platform/log';
import type { FinishedWork } from '../worker.contract';
import { DeploymentMeter } from './deployment-meter';
import type { MetricRow } from './metric-row';

const work = (overrides: Partial<FinishedWork> = {}): FinishedWork => ({
  deploymentId: 'one', lane: 'queued', items: 1, errors: [], latencyMs: 10, timing: { queuedMs: 4, batchWaitMs: 1, computeMs: 6, ownComputeMs: 3, batchSize: 2 }, ...overrides,
});

function makeMeter() {
  const clock = { now: 1_000_000_000_000 };
  const store = { written: [] as MetricRow[][], isAway: false, async add(rows: readonly MetricRow[]) {
    if (this.isAway) throw new Error('away');
    this.written.push([...rows]);
  } };
  return { clock, store, meter: new DeploymentMeter(store, silentLog(), () => clock.now) };
}

describe('the meter of deployments', () => {
  it('writes what it counted in one statement, a row a deployment and ten seconds', async () => {
    const { clock, store, meter } = makeMeter();
    meter.finished(work({ items: 3, errors: ['INFERENCE_FAILED'] }));
    meter.finished(work({ deploymentId: 'two', errors: ['UNAVAILABLE'], timing: null }));
    meter.dropped('one', 'CANCELED', 5);
    meter.saved('one', 'CANCELED', 70);
    clock.now += 10_000;
    meter.finished(work());
    await meter.flush();
    expect(store.written).toHaveLength(1);
    expect(store.written[0]!.map(({ deploymentId, finished, failed, queuedMs, computeMs, savedMs, drops }) => ({ deploymentId, finished, failed, queuedMs, computeMs, savedMs, drops }))).toEqual([
      { deploymentId: 'one', finished: 3, failed: 1, queuedMs: 12, computeMs: 3, savedMs: 70, drops: [0, 0, 0, 5] },
      { deploymentId: 'two', finished: 1, failed: 1, queuedMs: 0, computeMs: 0, savedMs: 0, drops: [0, 0, 0, 0] },
      { deploymentId: 'one', finished: 1, failed: 0, queuedMs: 4, computeMs: 3, savedMs: 0, drops: [0, 0, 0, 0] },
    ]);
    await meter.flush();
    expect(store.written).toHaveLength(1);
  });

  it('adds what could not be written to the next try, beside what came since', async () => {
    const { store, meter } = makeMeter();
    meter.finished(work());
    store.isAway = true;
    await meter.flush();
    store.isAway = false;
    meter.finished(work());
    await meter.close();
    expect(store.written).toEqual([[expect.objectContaining({ deploymentId: 'one', finished: 2, latencyMs: 20 })]]);
  });

  it('forgets the oldest rows of a long outage, so that its memory is bounded', async () => {
    const { clock, store, meter } = makeMeter();
    store.isAway = true;
    for (let step = 0; step < 6_000; step += 1) {
      meter.finished(work());
      clock.now += 10_000;
    }
    await meter.flush();
    store.isAway = false;
    await meter.close();
    expect(store.written[0]).toHaveLength(5_000);
    expect(store.written[0]!.at(-1)!.at.getTime()).toBe(clock.now - 10_000);
  });
});
