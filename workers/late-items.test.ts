import { layoutOf } from './batching/batch-layout';
import { LateItems } from './late-items';
import { RunPrediction } from './scheduler/run-prediction';
import { WorkItem } from './work-item';

const storage = { read: () => Promise.resolve([]), write: () => Promise.resolve([]) };

function makeItem({ deadlineAt, budgetMs = null }: { deadlineAt: number | null; budgetMs?: number | null }): WorkItem {
  const source = {
    isOpen: true, outputs: null, deadlineAt, budgetMs, priority: 0, remainingItems: 1, subject: {},
    started: () => undefined, ran: () => undefined, settle: () => undefined,
  };
  return new WorkItem({ source, index: 0, tensors: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: new Uint8Array(8) }] }, storage, layoutOf({ signature: { inputs: [], outputs: [] } }));
}

/** Predicts 400 ms, on a clock that the test moves. */
function makeLate() {
  let now = 0;
  const prediction = new RunPrediction([{ batchSize: 1, msPerBatch: 400 }], () => now);
  const late = new LateItems(prediction, () => now);
  return {
    prediction,
    at: (ms: number) => { now = ms; },
    isLate: (leftMs: number, budgetMs?: number) => late.isLate(makeItem({ deadlineAt: now + leftMs, budgetMs })),
    late,
  };
}

describe('an item is late', () => {
  it('when its deadline has passed, however long nothing ran', () => {
    const { isLate, at } = makeLate();
    at(3_600_000);
    expect(isLate(-1)).toBe(true);
  });

  it('when its run is predicted to end too late, and never without a deadline', () => {
    const { isLate, late } = makeLate();
    expect([isLate(399), isLate(401)]).toEqual([true, false]);
    expect(late.isLate(makeItem({ deadlineAt: null }))).toBe(false);
  });

  it('not where the prediction alone exceeds all the time its caller gave', () => {
    expect(makeLate().isLate(100, 100)).toBe(false);
  });

  it('not for ever: a prediction that nothing has confirmed for long is tried once, and then counts again', () => {
    const { isLate, at } = makeLate();
    at(7_999);
    expect(isLate(100)).toBe(true);
    at(8_000);
    expect([isLate(100), isLate(100)]).toEqual([false, true]);
    at(16_000);
    expect(isLate(100)).toBe(false);
  });

  it('while runs of its size go on confirming the prediction', () => {
    const { isLate, at, prediction } = makeLate();
    for (let second = 1; second < 60; second += 1) {
      at(1_000 * second);
      prediction.observe({ rows: 1, elements: 2 }, 400);
      expect(isLate(100)).toBe(true);
    }
  });

  it('not because other sizes were measured meanwhile: each size is tried by itself', () => {
    const { isLate, at, prediction } = makeLate();
    for (let second = 1; second <= 8; second += 1) {
      at(1_000 * second);
      prediction.observe({ rows: 1, elements: 4_096 }, 400);
    }
    expect(isLate(100)).toBe(false);
  });

  it('no more once tried: the wait for the device does not take the trial back', () => {
    const { late, at } = makeLate();
    const item = makeItem({ deadlineAt: 8_100 });
    at(8_000);
    expect([late.isLate(item), late.isLate(item)]).toEqual([false, false]);
    at(8_101);
    expect(late.isLate(item)).toBe(true);
  });
});
