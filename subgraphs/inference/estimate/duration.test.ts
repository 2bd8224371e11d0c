import fc from 'fast-check';
import { predictDuration, type ItemTime } from './duration';

const time = (overrides: Partial<ItemTime> = {}): ItemTime => ({ meanMs: 10, deviationMs: 10, p95Ms: 30, overheadMs: 4, ...overrides });

/** Mulberry32: the same numbers in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the prediction of durations', () => {
  it('is a single item\'s own with nothing ahead', () => {
    expect(predictDuration(time(), { ahead: 0, own: 1, readyReplicas: 4 })).toEqual({ waitMs: 0, computeMs: 10, p50Ms: 14, p95Ms: 34 });
  });

  it('shares the work among the replicas, but one item is on one', () => {
    expect(predictDuration(time({ deviationMs: 0, p95Ms: 10 }), { ahead: 100, own: 1, readyReplicas: 4 })).toMatchObject({ waitMs: 250, p50Ms: 264, p95Ms: 264 });
    expect(predictDuration(time({ deviationMs: 0, p95Ms: 10 }), { ahead: 0, own: 40, readyReplicas: 4 })).toMatchObject({ computeMs: 400, p50Ms: 104 });
  });

  it('never has a 95 % below the half, nor less for more work', () => {
    const whole = fc.integer({ min: 1, max: 10_000 });
    fc.assert(fc.property(whole, whole, fc.integer({ min: 1, max: 64 }), fc.double({ min: 0.01, max: 1e4, noNaN: true }), (ahead, own, readyReplicas, meanMs) => {
      const item = time({ meanMs, deviationMs: meanMs, p95Ms: 3 * meanMs });
      const [less, more] = [predictDuration(item, { ahead, own, readyReplicas }), predictDuration(item, { ahead: ahead + 1, own, readyReplicas })];
      expect(less.p95Ms).toBeGreaterThanOrEqual(less.p50Ms);
      expect(more.p50Ms).toBeGreaterThanOrEqual(less.p50Ms);
      expect(more.p95Ms).toBeGreaterThanOrEqual(less.p95Ms);
    }));
  });

  it.each([[0, 20], [30, 5], [200, 100]])('holds what it says of sums of exponential times: %i ahead, %i own', (ahead, own) => {
    const random = randomOf(7);
    const item = time({ overheadMs: 0 });
    const totals = Array.from({ length: 4_000 }, () => {
      let total = 0;
      for (let index = 0; index < ahead + own; index += 1) total += -item.meanMs * Math.log(1 - random());
      return total;
    });
    const { p50Ms, p95Ms } = predictDuration(item, { ahead, own, readyReplicas: 1 });
    const within = (limit: number): number => totals.filter((total) => total <= limit).length / totals.length;
    expect(within(p50Ms)).toBeGreaterThan(0.45);
    expect(within(p50Ms)).toBeLessThan(0.58);
    expect(within(p95Ms)).toBeGreaterThan(0.92);
    expect(within(p95Ms)).toBeLessThan(0.98);
  });
});
