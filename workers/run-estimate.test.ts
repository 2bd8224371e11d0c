import { RunEstimate } from './run-estimate';

function after(computeMs: number, { items = 1, maxBatchSize = 1 } = {}): number {
  const estimate = new RunEstimate(maxBatchSize);
  for (let run = 0; run < 100; run += 1) estimate.observe({ computeMs, items });
  return estimate.chunksAhead();
}

describe('how many chunks are claimed ahead', () => {
  it('is one beside the running one where runs are long', () => {
    expect(after(5_000)).toBe(2);
  });

  it('is about 50 ms of work, and never more than 64 chunks', () => {
    expect(after(5)).toBe(11);
    expect(after(0.05)).toBe(64);
  });

  it('lets the next batch fill however long runs are', () => {
    expect(after(500, { maxBatchSize: 16 })).toBe(32);
    expect(after(500, { maxBatchSize: 16, items: 64 })).toBe(2);
  });
});

describe('how many items run in one exchange with the runner', () => {
  function togetherAfter(computeMs: number, items = 1): number {
    const estimate = new RunEstimate(1);
    for (let run = 0; run < 100; run += 1) estimate.observe({ computeMs, items });
    return estimate.itemsTogether();
  }

  it('is one until runs are known to be short', () => {
    expect(new RunEstimate(1).itemsTogether()).toBe(1);
    expect([togetherAfter(50), togetherAfter(0.9), togetherAfter(0.02)]).toEqual([1, 4, 32]);
    expect(togetherAfter(15, 64)).toBe(17);
  });
});

describe('how many queue entries are held', () => {
  function heldAfter(computeMs: number): number {
    const estimate = new RunEstimate(1);
    for (let run = 0; run < 100; run += 1) estimate.observe({ computeMs, items: 1 });
    return estimate.entriesHeld();
  }

  it('is a moment of work, so that an idle worker finds the rest in the queue', () => {
    expect([heldAfter(5_000), heldAfter(100), heldAfter(1)]).toEqual([2, 4, 256]);
  });
});

describe('what an item costs', () => {
  it('is believed for as long as runs confirm it: after a silence a new run says more than all before', () => {
    let now = 0;
    const estimate = new RunEstimate(1, () => now);
    for (let run = 0; run < 100; run += 1) estimate.observe({ computeMs: 5_000, items: 1 });
    estimate.observe({ computeMs: 10, items: 1 });
    expect(estimate.itemMs).toBeCloseTo(4_002);
    now = 60_000;
    estimate.observe({ computeMs: 10, items: 1 });
    expect(estimate.itemMs).toBeLessThan(11);
  });
});
