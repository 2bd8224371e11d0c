import type { ErrorCode } from '../../platform/errors';
import type { RawTensor } from '../../platform/tensor/tensor';

/**
 * The contract between this subgraph and the workers: the subgraph implements it, `workers/` imports these types alone, `workers/app.ts`
 * hands in the instance.
 */

export interface Lease {
  jobId: string;
  chunk: number;
  lease: number;
}

/** A tensor as a chunk carries it: bytes in place, or a blob in the tensor store. */
export type ChunkTensor = RawTensor | (Omit<RawTensor, 'data'> & { blob: string });

export interface ClaimedChunk extends Lease {
  revisionId: string;
  namespace: string;
  /** Position of the first item in its job; items are processed in order. */
  firstItem: number;
  items: ChunkTensor[][];
  /** The outputs wanted; null: all. */
  outputs: string[] | null;
  deadlineAt: Date | null;
  /** The job's: 0 goes first. */
  priority: number;
  /** Of the whole job, this chunk's included, as it was taken. */
  remainingItems: number;
  /** Of the span that submitted the job, where that is traced (W3C Trace Context). */
  traceparent?: string | null;
}

export type ItemResult = { outputs: ChunkTensor[] } | { error: { code: ErrorCode; message: string } };

export interface FinishedChunk extends Lease {
  /** In the order of the chunk's items, none missing. */
  items: ItemResult[];
  /** Milliseconds; `heldMs` since the chunk was claimed or read. */
  timing: { heldMs: number; batchWaitMs: number; computeMs: number; batchSize: number };
}

/** Implemented by the inference subgraph. Every call is one statement whatever the number of leases. */
export interface JobLedger {
  /** Moves the chunks whose lease still matches to RUNNING and returns them; the rest are stale and dropped. */
  claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]>;
  /**
   * Reads the chunks whose lease still matches and leaves them QUEUED, for work that is over before anyone could watch it run: `finish` claims such a chunk
   * and finishes it in one statement. Until then it is nobody's: whoever reads it keeps the queue's entry, which comes back should the worker die.
   */
  peek(leases: Lease[]): Promise<ClaimedChunk[]>;
  /** Writes results and events of chunks that this worker has claimed or read; returns the leases that no longer matched, whose results are void. */
  finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]>;
  /** Gives chunks back unrun, or after their runner died; each gets a new lease and is enqueued again, or fails after its last attempt. */
  giveBack(workerId: string, leases: Lease[], reason: { code: ErrorCode; message: string }): Promise<void>;
  /** Which of the leases that the worker is running were canceled or taken away. */
  revoked(workerId: string, leases: Lease[]): Promise<Lease[]>;
}

/** Implemented by the inference subgraph's tensor store. */
export interface TensorBlobs {
  read(blob: string): Promise<Uint8Array>;
  /** Keyed by job, chunk and lease, so that a lost lease's outputs never mix with the winner's. Returns the blob's id. */
  write(owner: Lease & { namespace: string }, item: number, tensor: RawTensor): Promise<string>;
}
