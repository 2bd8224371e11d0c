import { isBefore, type ItemOrder, type ItemRank } from './item-order';
import type { WorkItem } from './work-item';

/** Items that may run, of chunks taken and of direct calls, in the order they run: by class, in a class by the policy. */
export class ReadyItems {
  #items: WorkItem[] = [];
  /** Of each item that came, as it came. */
  readonly #ranks = new WeakMap<WorkItem, ItemRank>();
  #hasDeadlines = false;

  /** `maxRows` 1: no batching. */
  constructor(private readonly maxRows: number, private readonly order: Pick<ItemOrder, 'rankOf'>) {}

  get isEmpty(): boolean {
    this.#dropClosed();
    return this.#items.length === 0;
  }

  push(items: WorkItem[]): void {
    for (const item of items) {
      this.#insert(item, this.order.rankOf(item));
      if (item.source.deadlineAt != null) this.#hasDeadlines = true;
    }
  }

  /** False: none of them has a deadline. */
  get hasDeadlines(): boolean {
    return this.#hasDeadlines;
  }

  /** Takes out what is not to be run. */
  takeOut(predicate: (item: WorkItem) => boolean): WorkItem[] {
    const out = new Set(this.#items.filter(predicate));
    if (out.size > 0) this.#items = this.#items.filter((item) => !out.has(item));
    this.#hasDeadlines = this.#items.some(({ source }) => source.deadlineAt != null);
    return [...out];
  }

  /** Items that run again go before all others: they have waited longest. */
  pushFront(items: WorkItem[]): void {
    for (const item of items) this.#ranks.delete(item);
    this.#items.unshift(...items);
  }

  /** The batch that would run next, oldest item first: the oldest item and whatever may share its run. */
  peekBatch(): WorkItem[] {
    this.#dropClosed();
    const first = this.#items[0];
    if (!first) return [];
    if (this.maxRows === 1 || !isBatchable(first)) return [first];
    if (first.part) return first.part.items.filter(({ source, part }) => source.isOpen && part === first.part);
    const batch: WorkItem[] = [];
    let rows = 0;
    for (const item of this.#items) {
      if (rows === this.maxRows) break;
      if (!item.source.isOpen || !isBatchable(item) || item.part || item.batchKey !== first.batchKey || (batch.length > 0 && rows + item.rows! > this.maxRows)) continue;
      batch.push(item);
      rows += item.rows!;
    }
    return batch;
  }

  /** Batches to run back to back, of at most so many items together or one batch alone. Behind the first only full ones: others may still fill. */
  takeBatches(maxItems: number): WorkItem[][] {
    const batches = [this.takeBatch()];
    let items = batches[0]!.length;
    for (let next = this.peekBatch(); !batches[0]![0]!.runsAlone; next = this.peekBatch()) {
      items += next.length;
      if (next.length === 0 || items > maxItems || next[0]!.runsAlone || !this.isFull(next)) break;
      batches.push(this.takeBatch());
    }
    return batches;
  }

  takeBatch(): WorkItem[] {
    const batch = this.peekBatch();
    if (batch.length === 1) this.#items.splice(this.#items.indexOf(batch[0]!), 1);
    else {
      const taken = new Set(batch);
      this.#items = this.#items.filter((item) => !taken.has(item));
    }
    return batch;
  }

  isFull(batch: WorkItem[]): boolean {
    const first = batch[0];
    return this.maxRows === 1 || !first || first.part !== null || !isBatchable(first) || batch.reduce((rows, item) => rows + item.rows!, 0) >= this.maxRows;
  }

  /** Begins to read the blobs of the next batch while the present one runs. */
  prefetch(): void {
    for (const item of this.peekBatch()) item.prefetch();
  }

  clear(): void {
    this.#items = [];
  }

  /** Behind its equals. Looked for from the end, where most belong. */
  #insert(item: WorkItem, rank: ItemRank): void {
    this.#ranks.set(item, rank);
    let at = this.#items.length;
    while (at > 0 && this.#isBehind(this.#items[at - 1]!, rank)) at -= 1;
    if (at === this.#items.length) this.#items.push(item);
    else this.#items.splice(at, 0, item);
  }

  /** Never an item that runs again: it stays in front of all others. */
  #isBehind(item: WorkItem, rank: ItemRank): boolean {
    const own = this.#ranks.get(item);
    return own !== undefined && isBefore(rank, own);
  }

  /** Only from the front: closed ones further behind are met when their turn comes. */
  #dropClosed(): void {
    let closed = 0;
    while (closed < this.#items.length && !this.#items[closed]!.source.isOpen) closed += 1;
    if (closed > 0) this.#items.splice(0, closed);
  }
}

function isBatchable(item: WorkItem): boolean {
  return !item.runsAlone && item.rows !== null;
}
