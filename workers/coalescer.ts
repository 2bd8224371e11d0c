import { messageOf } from '../platform/errors';

interface Pending<Key, Value> {
  key: Key;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

export interface CoalescerSettings<Key> {
  /** Keys of one call. */
  maxKeys: number;
  /** Calls under way at a time; what comes meanwhile waits and shares the next one, so calls grow with the load. */
  lanes: number;
  /** Weight of one key and of one call, when keys differ in size. */
  weigh?: (key: Key) => number;
  maxWeight?: number;
}

/**
 * Shares one call among keys that come within a tick or while earlier calls are under way (group commit). DataLoader alone makes a call
 * per tick, which under load is a statement per chunk.
 */
export class Coalescer<Key, Value> {
  #pending: Pending<Key, Value>[] = [];
  #underWay = 0;
  #isScheduled = false;

  constructor(
    /** Answers in the order of the keys, none missing. */
    private readonly call: (keys: Key[]) => Promise<Value[]>,
    private readonly settings: CoalescerSettings<Key>,
  ) {}

  load(key: Key): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ key, resolve, reject });
      this.#schedule();
    });
  }

  loadAll(keys: Key[]): Promise<Value[]> {
    return Promise.all(keys.map((key) => this.load(key)));
  }

  #schedule(): void {
    if (this.#isScheduled || this.#underWay >= this.settings.lanes || this.#pending.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#send(this.#takeBatch());
    });
  }

  #takeBatch(): Pending<Key, Value>[] {
    const { maxKeys, weigh = () => 1, maxWeight = Infinity } = this.settings;
    let weight = 0;
    let count = 0;
    for (const { key } of this.#pending) {
      weight += weigh(key);
      if (count > 0 && (count >= maxKeys || weight > maxWeight)) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  async #send(batch: Pending<Key, Value>[]): Promise<void> {
    this.#underWay += 1;
    this.#schedule();
    try {
      const values = await this.call(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error(`expected ${batch.length} answers, came ${values.length}`);
      batch.forEach(({ resolve }, position) => resolve(values[position]!));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error instanceof Error ? error : new Error(messageOf(error))));
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }
}
