import { RunPrediction } from './run-prediction';

const table = [{ batchSize: 1, msPerBatch: 10 }, { batchSize: 4, msPerBatch: 16 }];

describe('a prediction', () => {
  it('lies on the line between measured sizes and goes on at the pace of the last', () => {
    const prediction = new RunPrediction(table);
    expect([1, 2, 4, 8].map((rows) => prediction.predictMs({ rows, elements: 100 * rows }))).toEqual([10, 12, 16, 32]);
  });

  it('is corrected by what runs of about the same size took', () => {
    const prediction = new RunPrediction(table);
    for (let run = 0; run < 50; run += 1) prediction.observe({ rows: 1, elements: 1_000 }, 30);
    for (let run = 0; run < 50; run += 1) prediction.observe({ rows: 1, elements: 64_000 }, 200);
    expect(prediction.predictMs({ rows: 1, elements: 1_050 })).toBeCloseTo(30);
    expect(prediction.predictMs({ rows: 4, elements: 4_000 })).toBeCloseTo(48);
    expect(prediction.predictMs({ rows: 1, elements: 64_000 })).toBeCloseTo(200);
  });

  it('learns from runs alone where nothing was measured', () => {
    const prediction = new RunPrediction([]);
    expect(prediction.predictMs({ rows: 1, elements: 1 })).toBe(25);
    prediction.observe({ rows: 1, elements: 1 }, 3);
    expect(prediction.predictMs({ rows: 1, elements: 1 })).toBeCloseTo(3);
  });
});
