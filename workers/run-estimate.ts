import { weightAfter } from './scheduler/observation-weight';

const FIRST_GUESS_MS = 25;
const MAX_CHUNKS = 64;
/** Work that is over before anyone could watch it. */
const SHORT_MS = 5;
/** Work taken ahead of the runner: enough to hide a claim's round trip and commit, little enough to leave the rest to other workers. */
const AHEAD_MS = 50;
/** Runs that share one exchange with the runner hold each other's results back for so long. */
const TOGETHER_MS = 4;
const MAX_TOGETHER = 32;

/** Entries in memory are out of reach for other workers that may be idle, so a worker holds work for moments only. */
const HELD_MS = 250;

/** A running estimate of what one chunk costs, and so of how many to claim ahead of the runner and to hold in memory. */
export class RunEstimate {
  #chunkMs = FIRST_GUESS_MS;
  #itemsPerChunk = 1;
  #seenAt: number | null = null;

  constructor(private readonly maxBatchSize: number, private readonly now: () => number = () => performance.now()) {}

  /** `computeMs` is the chunk's own share of the runs it took part in. */
  observe(chunk: { computeMs: number; items: number }): void {
    const now = this.now();
    const weight = weightAfter(this.#seenAt === null ? 0 : now - this.#seenAt);
    this.#seenAt = now;
    this.#chunkMs += weight * (chunk.computeMs - this.#chunkMs);
    this.#itemsPerChunk += weight * (chunk.items - this.#itemsPerChunk);
  }

  /** Milliseconds of compute per item; null before the first chunk. */
  get itemMs(): number | null {
    return this.#seenAt !== null ? this.#chunkMs / this.#itemsPerChunk : null;
  }

  /** Whether chunks are known to be so short that they need not be RUNNING for others to see. */
  get isShort(): boolean {
    return this.#seenAt !== null && this.#chunkMs <= SHORT_MS;
  }

  /** Chunks to hold claimed, the running one included. Where batches are allowed, at least the next batch must be able to fill. */
  chunksAhead(): number {
    return Math.min(MAX_CHUNKS, this.#chunksFor(AHEAD_MS));
  }

  /** Items to run in one exchange with the runner: several only where runs are short. */
  itemsTogether(): number {
    return Math.max(1, Math.min(MAX_TOGETHER, Math.floor((TOGETHER_MS * this.#itemsPerChunk) / Math.max(this.#chunkMs, 0.01))));
  }

  /** Queue entries to hold unclaimed, in steps of powers of two, so that it does not change with every run. */
  entriesHeld(): number {
    return 2 ** Math.ceil(Math.log2(this.#chunksFor(HELD_MS)));
  }

  #chunksFor(periodMs: number): number {
    const byTime = 1 + Math.ceil(periodMs / Math.max(this.#chunkMs, 0.01));
    const byBatch = this.maxBatchSize > 1 ? Math.ceil((2 * this.maxBatchSize) / this.#itemsPerChunk) : 0;
    return Math.max(byTime, byBatch);
  }
}
