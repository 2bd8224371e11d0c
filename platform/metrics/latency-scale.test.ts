import fc from 'fast-check';
import { boundaryMs, quantileMs, SCALE_LENGTH, SCALE_SECONDS, scaleIndex } from './latency-scale';

function countsOf(durations: readonly number[]): number[] {
  const counts = new Array<number>(SCALE_LENGTH).fill(0);
  for (const ms of durations) counts[scaleIndex(ms)]! += 1;
  return counts;
}

describe('the scale of durations', () => {
  it('counts a duration below its boundary and above the one before', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
      const index = scaleIndex(ms);
      expect(ms).toBeLessThanOrEqual(boundaryMs(index));
      if (index > 0) expect(ms).toBeGreaterThan(boundaryMs(index - 1));
    }));
  });

  it('counts what is no duration as the shortest', () => {
    expect([NaN, -1, -Infinity, 0].map(scaleIndex)).toEqual([0, 0, 0, 0]);
    expect(scaleIndex(Infinity)).toBe(SCALE_LENGTH - 1);
  });

  it('counts each boundary with what lies below it', () => {
    for (let index = 0; index < SCALE_LENGTH - 1; index += 1) expect(scaleIndex(boundaryMs(index))).toBe(index);
  });

  it('reads quantiles within a fifth of the true ones, also of the sum of two histograms', () => {
    const durations = fc.array(fc.double({ min: 0.3, max: 900_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(fc.property(durations, durations, fc.constantFrom(0.5, 0.95, 0.99), (some, others, part) => {
      const [one, other] = [countsOf(some), countsOf(others)];
      const all = [...some, ...others].sort((a, b) => a - b);
      const exact = all[Math.max(0, Math.ceil(part * all.length) - 1)]!;
      const read = quantileMs(one.map((count, index) => count + other[index]!), part)!;
      expect(read / exact).toBeGreaterThan(2 ** -0.2501);
      expect(read / exact).toBeLessThan(2 ** 0.2501);
    }));
  });

  it('knows no quantile of nothing, and nothing beyond its last boundary', () => {
    expect(quantileMs(countsOf([]), 0.5)).toBeNull();
    expect(quantileMs(countsOf([1e12]), 0.5)).toBe(2 ** 20);
  });

  it('nests what Prometheus is told', () => {
    const kept = new Set(Array.from({ length: SCALE_LENGTH }, (_, index) => boundaryMs(index) / 1_000));
    expect(SCALE_SECONDS).toHaveLength(23);
    expect(SCALE_SECONDS.every((seconds) => kept.has(seconds))).toBe(true);
  });
});
