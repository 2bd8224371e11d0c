import type { ErrorCode } from '../platform/errors';
import type { RawTensor, Signature } from '../platform/tensor/tensor';

/** What a worker needs of the platform. `workers/app.ts` hands in what the subgraphs implement; the worker knows no table. */

export interface WorkerDescription {
  /** Stable across restarts: registering a name again marks its predecessor GONE at once. */
  name: string;
  host: string;
  pid: number;
  devices: { name: string; kind: 'cpu' | 'cuda'; memoryBytes: number }[];
  /** What replicas may reserve together. */
  memoryBytes: number;
}

/** The immutable configuration that a replica serves. */
export interface RevisionSpec {
  id: string;
  namespace: string;
  deploymentId: string;
  modelVersionId: string;
  artifactDigest: string;
  artifactSizeBytes: number;
  signature: Signature;
  /** Memory reserved on the worker, and the cap of the runner beyond its own base. */
  memoryBytes: number;
  /** Wall clock of one run. */
  timeoutMs: number;
  intraOpThreads: number;
  /** 1: no batching. Only models whose every input and output has a dynamic dimension 0 may have more. */
  maxBatchSize: number;
  maxBatchDelayMs: number;
}

export interface Assignment {
  replicaId: string;
  revision: RevisionSpec;
}

export interface ReplicaReport {
  replicaId: string;
  state: 'LOADING' | 'READY' | 'FAILED' | 'STOPPED';
  reason?: { code: ErrorCode; message: string };
}

/** Implemented by the deployment subgraph. */
export interface Placement {
  register(worker: WorkerDescription): Promise<string>;
  /** False when the worker was declared GONE: it must drop all work and register again. */
  heartbeat(workerId: string): Promise<boolean>;
  /** Replicas that this worker should hold now; whatever else it holds, it unloads and reports STOPPED. */
  assignments(workerId: string): Promise<Assignment[]>;
  report(workerId: string, reports: ReplicaReport[]): Promise<void>;
  /** A clean end: its replicas are placed elsewhere without waiting for a missed heartbeat. */
  leave(workerId: string): Promise<void>;
}

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
}

export type ItemResult = { outputs: ChunkTensor[] } | { error: { code: ErrorCode; message: string } };

export interface FinishedChunk extends Lease {
  /** In the order of the chunk's items, none missing. */
  items: ItemResult[];
  timing: { batchWaitMs: number; computeMs: number; batchSize: number };
}

/** Implemented by the inference subgraph. Every call is one statement whatever the number of leases. */
export interface JobLedger {
  /** Moves the chunks whose lease still matches to RUNNING and returns them; the rest are stale and dropped. */
  claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]>;
  /** Writes results and events; returns the leases that no longer matched, whose results are void. */
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

/** Implemented by the model registry's artifact store. */
export interface Artifacts {
  /** A readable local file with the artifact's bytes, verified against the digest; the worker links or copies it into a folder of its own. */
  localFile(digest: string): Promise<string>;
}
