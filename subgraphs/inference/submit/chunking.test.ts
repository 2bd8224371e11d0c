import fc from 'fast-check';
import { planChunks } from './chunking';

const MIB = 1024 * 1024;

describe('chunking', () => {
  it('covers every item once and in order, within 64 items and 1 MiB, whatever their sizes', () => {
    fc.assert(fc.property(fc.array(fc.nat(2 * MIB), { minLength: 1, maxLength: 400 }), (sizes) => {
      const plans = planChunks(sizes);
      let next = 0;
      plans.forEach(({ chunk, firstItem, itemCount }, index) => {
        expect([chunk, firstItem]).toEqual([index, next]);
        next += itemCount;
        const bytes = sizes.slice(firstItem, next).reduce((sum, size) => sum + size, 0);
        expect(itemCount <= 64 && (itemCount === 1 || bytes <= MIB)).toBe(true);
      });
      expect(next).toBe(sizes.length);
      if (sizes.length >= 32) expect(plans.length).toBeGreaterThanOrEqual(32);
    }));
  });

  it.each([[1, 1], [31, 31], [32, 32], [64, 32], [100, 34], [10_000, 157]])('cuts %i small items into %i chunks', (items, chunks) => {
    expect(planChunks(Array<number>(items).fill(100))).toHaveLength(chunks);
  });
});
