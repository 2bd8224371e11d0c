import fc from 'fast-check';
import { KeyedHeap } from './keyed-heap';
import { ReadyQueue } from './ready-queue';
import type { Schedulable, SchedulingPolicy } from './schedule-policy';

interface NamedTask extends Schedulable {
  name: string;
}

const makeTask = (name: string, overrides: Partial<Schedulable> = {}): NamedTask => ({ name, arrivedAt: 0, predictedMs: 1, weightMs: overrides.predictedMs ?? 1, deadlineAt: null, priority: 0, namespace: 'n', ...overrides });

function order(policy: SchedulingPolicy, tasks: NamedTask[], ranMs = 0): string[] {
  const queue = new ReadyQueue<NamedTask>(policy);
  for (const task of tasks) queue.push(task);
  return tasks.map(() => {
    const { task } = queue.next(0);
    queue.charge(task!.namespace, ranMs);
    return task!.name;
  });
}

describe('the order of what waits', () => {
  it('is by arrival, by predicted time, or by deadline', () => {
    const tasks = [
      makeTask('long', { arrivedAt: 1, predictedMs: 400, deadlineAt: 900 }), makeTask('short', { arrivedAt: 2, predictedMs: 2 }), makeTask('due', { arrivedAt: 3, predictedMs: 50, deadlineAt: 500 }),
    ];
    expect(order('FIFO', tasks)).toEqual(['long', 'short', 'due']);
    expect(order('SRT', tasks)).toEqual(['short', 'due', 'long']);
    expect(order('EDF', tasks)).toEqual(['due', 'long', 'short']);
  });

  it('lets nothing be overtaken for ever by shorter ones', () => {
    const long = makeTask('long', { predictedMs: 400 });
    const [soon, late] = [makeTask('soon', { arrivedAt: 7_000, predictedMs: 2 }), makeTask('late', { arrivedAt: 9_000, predictedMs: 2 })];
    expect(order('SRT', [long, soon, late])).toEqual(['soon', 'long', 'late']);
  });

  it('weighs a run by all that its job has left to do', () => {
    expect(order('SRT', [makeTask('bulk', { weightMs: 5_000 }), makeTask('alone', { predictedMs: 30 })])).toEqual(['alone', 'bulk']);
  });

  it('puts higher classes first, whatever the policy', () => {
    expect(order('SRT', [makeTask('low', { predictedMs: 1 }), makeTask('high', { predictedMs: 900, priority: 5 })])).toEqual(['high', 'low']);
  });

  it('gives namespaces equal time, not equal runs', () => {
    const many = Array.from({ length: 6 }, (_, index) => makeTask('a', { namespace: 'a', arrivedAt: index }));
    expect(order('FIFO', [...many, makeTask('b', { namespace: 'b', arrivedAt: 99 })], 10).indexOf('b')).toBeLessThan(2);
  });

  it('does not save up the time that a namespace did not use', () => {
    const queue = new ReadyQueue<NamedTask>('FIFO');
    for (let run = 0; run < 5; run += 1) queue.push(makeTask('a', { namespace: 'a' }));
    queue.charge(queue.next(0).task!.namespace, 1_000);
    for (let run = 0; run < 5; run += 1) queue.push(makeTask('b', { namespace: 'b' }));
    const turns = Array.from({ length: 4 }, () => {
      const { task } = queue.next(0);
      queue.charge(task!.namespace, 10);
      return task!.name;
    });
    expect(turns.filter((name) => name === 'b')).toHaveLength(2);
  });

  it('leaves out what would be done too late, and tells so', () => {
    const queue = new ReadyQueue<NamedTask>('FIFO');
    for (const task of [makeTask('late', { predictedMs: 50, deadlineAt: 120 }), makeTask('in time', { predictedMs: 5, deadlineAt: 120 })]) queue.push(task);
    expect(queue.waitingMs).toBe(55);
    expect(queue.next(100)).toEqual({ task: expect.objectContaining({ name: 'in time' }) as NamedTask, dropped: [expect.objectContaining({ name: 'late' })] });
    expect([queue.depth, queue.waitingMs, queue.next(100)]).toEqual([0, 0, { task: null, dropped: [] }]);
  });
});

describe('a heap', () => {
  it('gives values back by key, equal ones in the order they came', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (keys) => {
      const heap = new KeyedHeap<[number, number]>();
      keys.forEach((key, index) => heap.push([key, index], key));
      const sorted = keys.map((key, index): [number, number] => [key, index]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(keys.map(() => heap.pop())).toEqual(sorted);
      expect(heap.pop()).toBeNull();
    }));
  });
});
