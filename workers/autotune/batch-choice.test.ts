import { chooseBatch } from './batch-choice';

const table = (...msPerBatch: number[]) => msPerBatch.map((ms, index) => ({ batchSize: 2 ** index, msPerBatch: ms }));

describe('the chosen batch size', () => {
  it('is the smallest of those about as fast', () => {
    expect(chooseBatch(table(1, 1.2, 1.6, 2.4, 4.7), null)).toMatchObject({ chosenMaxBatch: 8, gain: 3.333 });
  });

  it('is 1 where batches lose, and where they gain next to nothing', () => {
    expect(chooseBatch(table(1, 2.6, 5.8), null)).toMatchObject({ chosenMaxBatch: 1, gain: 1 });
    expect(chooseBatch(table(1, 1.8, 3.5), null).chosenMaxBatch).toBe(1);
  });

  it('says why no larger one was measured', () => {
    expect(chooseBatch(table(200), 'A batch of 2 would take longer than 250 ms.')).toEqual({
      chosenMaxBatch: 1, gain: 1, reason: 'No batch was measured. A batch of 2 would take longer than 250 ms.',
    });
  });
});
