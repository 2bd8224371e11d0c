import type { Lease } from '../subgraphs/inference/worker.contract';
import { leaseKey, leaseOf } from './lease';

/** What a timer of Node holds; deadlines are days at most. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A claimed chunk as those see it who may have to end it. */
export interface HeldChunk extends Lease {
  /** Milliseconds of `performance.now()`. */
  readonly claimedAt: number;
  /** Nobody waits for its results after this, in milliseconds of `performance.now()`. */
  readonly deadlineAt: number | null;
  /** The ledger took the lease away: nothing of the chunk is run or written any more. */
  revoke(): void;
}

/** Every chunk that this process has claimed and not yet finished, over all its replicas. */
export class ChunksInHand {
  readonly #chunks = new Map<string, HeldChunk>();
  readonly #deadlines = new Map<string, NodeJS.Timeout>();

  /** From now on its run ends with its deadline, if it has one: the sweeper, which ends the job, comes by once a second only. */
  add(chunk: HeldChunk): void {
    const key = leaseKey(chunk);
    this.#chunks.set(key, chunk);
    if (chunk.deadlineAt === null) return;
    const leftMs = Math.min(LONGEST_TIMER_MS, Math.max(0, chunk.deadlineAt - performance.now()));
    this.#deadlines.set(key, setTimeout(() => this.revoke(chunk), leftMs).unref());
  }

  delete(lease: Lease): void {
    const key = leaseKey(lease);
    this.#chunks.delete(key);
    clearTimeout(this.#deadlines.get(key));
    this.#deadlines.delete(key);
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
