import type { RawTensor } from '../platform/tensor/tensor';
import { newId } from '../platform/uuid';
import type { ClaimedChunk } from '../subgraphs/inference/worker.contract';
import { layoutOf } from './batching/batch-layout';
import { ChunkWork } from './chunk-work';
import { ItemOrder } from './item-order';
import { ReadyItems } from './ready-items';
import { RunPrediction } from './scheduler/run-prediction';
import { SCHEDULING_POLICIES, type SchedulingPolicy } from './scheduler/schedule-policy';
import { WorkItem } from './work-item';

const batching = layoutOf({ signature: { inputs: [], outputs: [] } });
const listener = { completed: () => undefined, revoked: () => undefined };

function makeChunk(shapes: number[][], outputs: string[] | null = null, overrides: Partial<ClaimedChunk> = {}): { chunk: ChunkWork; items: WorkItem[] } {
  const tensors = shapes.map((shape): RawTensor[] => [{ name: 'x', datatype: 'UINT8', shape, data: new Uint8Array(shape.reduce((a, b) => a * b, 1)) }]);
  const claimed = {
    jobId: newId(), chunk: 0, lease: 1, revisionId: 'r', deploymentId: 'd', namespace: 'n', queuedMs: 0, firstItem: 0, items: tensors, outputs, deadlineAt: null, priority: 0,
    remainingItems: shapes.length, ...overrides,
  };
  const chunk = new ChunkWork({ chunk: claimed, isClaimed: true, release: () => undefined }, listener);
  return { chunk, items: tensors.map((item, index) => new WorkItem({ source: chunk, index, tensors: item }, { read: async () => item, write: async (outputs) => outputs }, batching)) };
}

const order = new ItemOrder({ policy: 'FIFO', namespace: 'n', prediction: new RunPrediction([]) });

function makeReady(maxRows: number, ...chunks: { items: WorkItem[] }[]): ReadyItems {
  const ready = new ReadyItems(maxRows, order);
  for (const { items } of chunks) ready.push(items);
  return ready;
}

describe('batches that run back to back', () => {
  it('are at most so many items together, or one batch alone', () => {
    const { items } = makeChunk([[1], [1], [1], [1]]);
    const ready = makeReady(1, { items });
    expect(ready.takeBatches(3)).toEqual([[items[0]], [items[1]], [items[2]]]);
    expect(ready.takeBatches(3)).toEqual([[items[3]]]);
    expect(makeReady(4, { items }).takeBatches(1)).toEqual([items]);
  });

  it('are full but the first', () => {
    const { items } = makeChunk([[1, 1], [1, 2], [1, 2], [1, 3]]);
    const ready = makeReady(2, { items });
    expect(ready.takeBatches(9)).toEqual([[items[0]], [items[1], items[2]]]);
    expect(ready.takeBatches(9)).toEqual([[items[3]]]);
  });

  it('leave an item that runs alone to itself', () => {
    const { items } = makeChunk([[1], [1], [1]]);
    items[1]!.runsAlone = true;
    const ready = makeReady(1, { items });
    expect([ready.takeBatches(9), ready.takeBatches(9), ready.takeBatches(9)]).toEqual([[[items[0]]], [[items[1]]], [[items[2]]]]);
  });
});

describe('the next batch', () => {
  it('holds the oldest item and those of equal shape beyond dimension 0, whichever chunk they are of', () => {
    const [first, second] = [makeChunk([[1, 2], [1, 3], [1, 2]]), makeChunk([[2, 2], [1, 3]])];
    const ready = makeReady(8, first, second);
    expect(ready.takeBatch()).toEqual([first.items[0], first.items[2], second.items[0]]);
    expect(ready.takeBatch()).toEqual([first.items[1], second.items[1]]);
    expect(ready.isEmpty).toBe(true);
  });

  it('counts rows, not items, and never cuts an item', () => {
    const { items } = makeChunk([[3, 1], [2, 1], [1, 1]]);
    const ready = makeReady(4, { items });
    expect(ready.takeBatch()).toEqual([items[0], items[2]]);
    expect(ready.takeBatch()).toEqual([items[1]]);
  });

  it('takes an item that is larger than a batch by itself', () => {
    const { items } = makeChunk([[9, 1], [1, 1]]);
    expect(makeReady(4, { items }).takeBatch()).toEqual([items[0]]);
  });

  it('never mixes items that want different outputs', () => {
    const [all, one] = [makeChunk([[1]]), makeChunk([[1]], ['y'])];
    expect(makeReady(4, all, one).takeBatch()).toEqual(all.items);
  });

  it('keeps alone what failed before and what has no dimension 0', () => {
    const { items } = makeChunk([[], [1], [1]]);
    items[1]!.runsAlone = true;
    const ready = makeReady(4, { items });
    expect([ready.takeBatch(), ready.takeBatch(), ready.takeBatch()]).toEqual([[items[0]], [items[1]], [items[2]]]);
  });

  it('leaves out chunks that were revoked', () => {
    const [revoked, held] = [makeChunk([[1], [1]]), makeChunk([[1]])];
    const ready = makeReady(4, held, revoked);
    revoked.chunk.revoke();
    expect(ready.takeBatch()).toEqual(held.items);
    expect(ready.isEmpty).toBe(true);
  });

  it('is one item where batching is off', () => {
    const { items } = makeChunk([[1], [1]]);
    const ready = makeReady(1, { items });
    expect(ready.isFull(ready.peekBatch())).toBe(true);
    expect(ready.takeBatch()).toEqual([items[0]]);
  });
});

describe('the order of items', () => {
  const names = (ready: ReadyItems, chunks: Record<string, { items: WorkItem[] }>): string[] => {
    const out: string[] = [];
    for (let [item] = ready.takeBatch(); item; [item] = ready.takeBatch()) out.push(Object.keys(chunks).find((name) => chunks[name]!.items.includes(item!))!);
    return out;
  };
  const readyBy = (policy: SchedulingPolicy, ...chunks: { items: WorkItem[] }[]): ReadyItems => {
    const ready = new ReadyItems(1, new ItemOrder({ policy, namespace: 'n', prediction: new RunPrediction([{ batchSize: 1, msPerBatch: 10 }]) }));
    for (const { items } of chunks) ready.push(items);
    return ready;
  };

  it('puts a class before all classes behind it, whatever the policy', () => {
    const [late, first] = [makeChunk([[1]], null, { priority: 9 }), makeChunk([[1]], null, { priority: 0, remainingItems: 10_000 })];
    for (const policy of SCHEDULING_POLICIES) expect(names(readyBy(policy, late, first), { late, first })).toEqual(['first', 'late']);
  });

  it('lets a job of few remaining items go before one of many, unless it is by arrival', () => {
    const [bulk, single] = [makeChunk([[1], [1]], null, { remainingItems: 5_000 }), makeChunk([[1]], null, { remainingItems: 1 })];
    expect(names(readyBy('SRT', bulk, single), { bulk, single })).toEqual(['single', 'bulk', 'bulk']);
    expect(names(readyBy('FIFO', bulk, single), { bulk, single })).toEqual(['bulk', 'bulk', 'single']);
  });

  it('goes by deadline where that is the policy', () => {
    const [never, soon] = [makeChunk([[1]]), makeChunk([[1]], null, { deadlineAt: new Date(Date.now() + 60_000) })];
    expect(names(readyBy('EDF', never, soon), { never, soon })).toEqual(['soon', 'never']);
  });

  it('keeps what runs again before all others', () => {
    const [again, urgent] = [makeChunk([[1]], null, { priority: 500, remainingItems: 9 }), makeChunk([[1]])];
    const ready = readyBy('SRT', again);
    ready.pushFront(ready.takeBatch());
    ready.push(urgent.items);
    expect(names(ready, { again, urgent })).toEqual(['again', 'urgent']);
  });

  it('tells the device the class, the deadline and the weight of what runs next', () => {
    const deadlineAt = new Date(Date.now() + 5_000);
    const { items } = makeChunk([[1]], null, { priority: 3, remainingItems: 7, deadlineAt });
    const order = new ItemOrder({ policy: 'SRT', namespace: 'n', prediction: new RunPrediction([{ batchSize: 1, msPerBatch: 10 }]) });
    expect(order.describe(items)).toMatchObject({ priority: -3, predictedMs: 10, weightMs: 70, namespace: 'n', deadlineAt: deadlineAt.getTime() - performance.timeOrigin });
  });
});
