import { climb } from './batch-ladder';

const expectedMs = new Map([[1, 1], [2, 2]]);

describe('a ladder of batch sizes', () => {
  it('takes the median of interleaved rounds, which bears some that were disturbed', async () => {
    const order: number[] = [];
    const disturbed = new Set([0, 1, 6, 7]);
    const sample = async (size: number): Promise<number> => (disturbed.has(order.push(size) - 1) ? 1_000 : 10 * size);
    expect(await climb(expectedMs, { sample, remainingMs: () => 100 })).toEqual([{ batchSize: 1, msPerBatch: 10 }, { batchSize: 2, msPerBatch: 20 }]);
    expect(order.slice(0, 4)).toEqual([1, 2, 1, 2]);
  });

  it('keeps to the time there is and answers the first runs then', async () => {
    let remaining = 5;
    const sample = async (size: number): Promise<number> => {
      remaining -= size;
      return 3 * size;
    };
    expect(await climb(expectedMs, { sample, remainingMs: () => remaining })).toEqual([{ batchSize: 1, msPerBatch: 3 }, { batchSize: 2, msPerBatch: 6 }]);
    expect(remaining).toBeGreaterThanOrEqual(0);
    expect(await climb(expectedMs, { sample, remainingMs: () => 0 })).toEqual([{ batchSize: 1, msPerBatch: 1 }, { batchSize: 2, msPerBatch: 2 }]);
  });
});
