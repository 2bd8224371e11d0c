import type { EntryData } from '../platform/queue/queue';

interface WaitingEntry {
  data: EntryData;
  release: () => void;
}

/** Queue entries in memory whose chunks are still QUEUED, oldest first. Each holds its place in the queue until it is released. */
export class WaitingEntries {
  #entries: WaitingEntry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Resolves when the entry is released: its chunk was claimed, turned out stale, or was given back. */
  hold(data: EntryData): Promise<void> {
    return new Promise((release) => this.#entries.push({ data, release }));
  }

  take(count: number): WaitingEntry[] {
    return this.#entries.splice(0, count);
  }

  putBack(entries: WaitingEntry[]): void {
    this.#entries.unshift(...entries);
  }
}
