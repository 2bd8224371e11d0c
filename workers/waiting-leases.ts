import type { Delivery, EntryData } from '../platform/queue/queue';
import type { Lease } from '../subgraphs/inference/worker.contract';
import { leaseOf } from './lease';

export interface WaitingLease {
  lease: Lease;
  /** The queue delivers the entry not for the first time: who had it before may have died of it. */
  isRepeated: boolean;
  /** The queue may forget the lease: its chunk was claimed or finished, turned out stale, or was given back. May be called twice. */
  release: () => void;
}

/** Leases in memory whose chunks are still QUEUED, oldest first. An entry holds its place in the queue until the last of its leases is released. */
export class WaitingLeases {
  #leases: WaitingLease[] = [];

  get size(): number {
    return this.#leases.length;
  }

  /** Resolves when every lease of the entry is released. */
  hold(entry: EntryData, { isRepeated }: Delivery): Promise<void> {
    return new Promise((resolve) => {
      const open = new Set(entry);
      for (const lease of entry) {
        const release = (): void => {
          open.delete(lease);
          if (open.size === 0) resolve();
        };
        this.#leases.push({ lease: leaseOf(lease), isRepeated, release });
      }
    });
  }

  take(count: number): WaitingLease[] {
    return this.#leases.splice(0, count);
  }

  putBack(leases: WaitingLease[]): void {
    this.#leases.unshift(...leases);
  }
}
