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
  deploymentId: string;
  namespace: string;
  /** Milliseconds since it was last put into the queue. */
  queuedMs: number;
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
  /** Milliseconds; `heldMs` since the chunk was claimed or read, `ownComputeMs` its share of its runs, by items. */
  timing: { heldMs: number; batchWaitMs: number; computeMs: number; ownComputeMs: number; batchSize: number };
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

/** Why items were refused, or given up before they were done. */
export type DropReason = 'QUEUE_FULL' | 'DEADLINE_UNREACHABLE' | 'DEADLINE_EXCEEDED' | 'CANCELED';

/** Why compute was not spent: work was dropped, or answered with an earlier result. */
export type SavedReason = DropReason | 'REUSED';

/** Items that were answered without a run of their own: from what is kept, or with one that was running. */
export interface ReusedWork {
  lane: 'queued' | 'direct';
  servedFrom: 'CACHE' | 'COALESCED';
  items: number;
}

/** A chunk of a job or a direct call that came to its end. Durations in milliseconds. */
export interface FinishedWork {
  deploymentId: string;
  lane: 'queued' | 'direct';
  items: number;
  /** One code for each item that failed. */
  errors: readonly ErrorCode[];
  /** From its acceptance to its result. */
  latencyMs: number;
  /** Null: it failed before anyone could tell, or nothing ran for it. */
  timing: WorkTiming | null;
}

export interface WorkTiming {
  queuedMs: number;
  batchWaitMs: number;
  /** Of all runs with items of it. */
  computeMs: number;
  /** Its share of them, by items. */
  ownComputeMs: number;
  batchSize: number;
}

/** Hears of all work as it ends; called on the hot path, so it only counts. */
export interface WorkRecorder {
  finished(work: FinishedWork): void;
  dropped(deploymentId: string, reason: DropReason, items: number): void;
  reused(deploymentId: string, work: ReusedWork): void;
  /** Compute that was predicted and will not be spent. */
  saved(deploymentId: string, reason: SavedReason, ms: number): void;
}
