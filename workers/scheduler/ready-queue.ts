import { FairShares } from './fair-shares';
import { KeyedHeap } from './keyed-heap';
import { isHopeless, scheduleKey, type Schedulable, type SchedulingPolicy } from './schedule-policy';

export interface Turn<Task> {
  /** Whose turn it is; null: nobody waits. */
  task: Task | null;
  /** Those before it that would be done too late and must not be run. */
  dropped: Task[];
}

/** What waits for a device: by class, in a class by fair shares of the namespaces, in a namespace by the policy. */
export class ReadyQueue<Task extends Schedulable> {
  /** By priority, by namespace. Empty heaps are taken out. */
  readonly #classes = new Map<number, Map<string, KeyedHeap<Task>>>();
  readonly #shares = new FairShares();
  #depth = 0;
  #waitingMs = 0;

  constructor(private readonly policy: SchedulingPolicy) {}

  get depth(): number {
    return this.#depth;
  }

  /** Predicted compute of all that waits; milliseconds. */
  get waitingMs(): number {
    return this.#waitingMs;
  }

  push(task: Task): void {
    const heaps = this.#classOf(task.priority);
    let heap = heaps.get(task.namespace);
    if (!heap) {
      this.#shares.join(task.namespace, heaps.keys());
      heap = new KeyedHeap();
      heaps.set(task.namespace, heap);
    }
    heap.push(task, scheduleKey(this.policy, task));
    this.#depth += 1;
    this.#waitingMs += task.predictedMs;
  }

  next(now: number): Turn<Task> {
    const dropped: Task[] = [];
    for (let task = this.#pop(); task; task = this.#pop()) {
      if (!isHopeless(task, now)) return { task, dropped };
      dropped.push(task);
    }
    return { task: null, dropped };
  }

  /** A run of the namespace begins; `charge` ends it. */
  begin(namespace: string): void {
    this.#shares.begin(namespace);
  }

  /** What a run took counts against its namespace. */
  charge(namespace: string, ms: number): void {
    if (this.#depth === 0) this.#shares.clear(namespace);
    else this.#shares.charge(namespace, ms);
  }

  #classOf(priority: number): Map<string, KeyedHeap<Task>> {
    const heaps = this.#classes.get(priority) ?? new Map<string, KeyedHeap<Task>>();
    this.#classes.set(priority, heaps);
    return heaps;
  }

  #pop(): Task | null {
    if (this.#depth === 0) return null;
    const priority = Math.max(...this.#classes.keys());
    const heaps = this.#classes.get(priority)!;
    const namespace = this.#shares.next(heaps.keys())!;
    const heap = heaps.get(namespace)!;
    const task = heap.pop()!;
    if (heap.size === 0) heaps.delete(namespace);
    if (heaps.size === 0) this.#classes.delete(priority);
    this.#depth -= 1;
    this.#waitingMs = this.#depth === 0 ? 0 : this.#waitingMs - task.predictedMs;
    return task;
  }
}
