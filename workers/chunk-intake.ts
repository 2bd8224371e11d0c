import type { Delivery, EntryData } from '../platform/queue/queue';
import type { Lease } from '../subgraphs/inference/worker.contract';
import type { TakenChunk } from './chunk-work';
import type { ClaimBatcher } from './claim-batcher';
import { WaitingLeases, type WaitingLease } from './waiting-leases';

const NOTHING = (): void => undefined;

/** The leases that wait in memory, and the way from a lease to its chunk. */
export class ChunkIntake {
  readonly #waiting = new WaitingLeases();

  constructor(private readonly claims: ClaimBatcher) {}

  /** Leases that wait to be taken. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when the queue may forget the entry. */
  hold(entry: EntryData, delivery: Delivery): Promise<void> {
    return this.#waiting.hold(entry, delivery);
  }

  /** Takes the oldest leases out; who does so claims them, reads them, gives them back, or puts them back. */
  take(count: number): WaitingLease[] {
    return this.#waiting.take(count);
  }

  putBack(leases: WaitingLease[]): void {
    this.#waiting.putBack(leases);
  }

  /** Makes the chunks RUNNING, from where the rows alone decide: the queue may forget all of them. */
  async claim(waiting: readonly WaitingLease[]): Promise<TakenChunk[]> {
    const chunks = await this.claims.claim(waiting.map(({ lease }) => lease));
    for (const { release } of waiting) release();
    return chunks.flatMap((chunk) => (chunk ? [{ chunk, isClaimed: true, release: NOTHING }] : []));
  }

  /** Reads the chunks; the queue forgets those that are stale, and keeps the others until they are finished or claimed. */
  async read(waiting: readonly WaitingLease[]): Promise<TakenChunk[]> {
    const chunks = await this.claims.read(waiting.map(({ lease }) => lease));
    return chunks.flatMap((chunk, position) => {
      const { release } = waiting[position]!;
      if (chunk) return [{ chunk, isClaimed: false, release }];
      release();
      return [];
    });
  }

  /** Claims chunks that were only read; tells for each whether it is ours now. */
  async claimLate(leases: Lease[]): Promise<boolean[]> {
    return (await this.claims.claim(leases)).map((chunk) => chunk !== null);
  }
}
