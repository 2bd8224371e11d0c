import type { Lease } from '../subgraphs/inference/worker.contract';
import { leaseKey, leaseOf } from './lease';

/** A claimed chunk as those see it who may have to end it. */
export interface HeldChunk extends Lease {
  /** Milliseconds of `performance.now()`. */
  readonly claimedAt: number;
  /** The ledger took the lease away: nothing of the chunk is run or written any more. */
  revoke(): void;
}

/** Every chunk that this process has claimed and not yet finished, over all its replicas. */
export class ChunksInHand {
  readonly #chunks = new Map<string, HeldChunk>();

  add(chunk: HeldChunk): void {
    this.#chunks.set(leaseKey(chunk), chunk);
  }

  delete(lease: Lease): void {
    this.#chunks.delete(leaseKey(lease));
  }

  has(lease: Lease): boolean {
    return this.#chunks.has(leaseKey(lease));
  }

  revoke(lease: Lease): void {
    this.#chunks.get(leaseKey(lease))?.revoke();
  }

  leases(predicate: (chunk: HeldChunk) => boolean): Lease[] {
    return [...this.#chunks.values()].filter(predicate).map(leaseOf);
  }
}
