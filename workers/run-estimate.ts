/** A new measurement's share; about the last ten runs count. */
const WEIGHT = 0.2;
const FIRST_GUESS_MS = 25;
const MAX_CHUNKS = 64;
/** Work taken ahead of the runner: enough to hide a claim's round trip and commit, little enough to leave the rest to other workers. */
const AHEAD_MS = 50;

/** A running estimate of what one chunk costs, and so of how many to claim ahead of the runner. */
export class RunEstimate {
  #chunkMs = FIRST_GUESS_MS;
  #itemsPerChunk = 1;

  constructor(private readonly maxBatchSize: number) {}

  /** `computeMs` is the chunk's own share of the runs it took part in. */
  observe(chunk: { computeMs: number; items: number }): void {
    this.#chunkMs += WEIGHT * (chunk.computeMs - this.#chunkMs);
    this.#itemsPerChunk += WEIGHT * (chunk.items - this.#itemsPerChunk);
  }

  /** Chunks to hold claimed, the running one included. Where batches are allowed, at least the next batch must be able to fill. */
  chunksAhead(): number {
    const byTime = 1 + Math.ceil(AHEAD_MS / Math.max(this.#chunkMs, 0.01));
    const byBatch = this.maxBatchSize > 1 ? Math.ceil((2 * this.maxBatchSize) / this.#itemsPerChunk) : 0;
    return Math.min(MAX_CHUNKS, Math.max(byTime, byBatch));
  }
}
