import type { ErrorCode } from '../../platform/errors';
import type { Signature } from '../../platform/tensor/tensor';

/**
 * The contract between this subgraph and the workers: the subgraph implements it, `workers/` imports these types alone, `workers/app.ts`
 * hands in the instance.
 */

export interface WorkerDescription {
  /** Stable across restarts: registering a name again marks its predecessor GONE at once. */
  name: string;
  host: string;
  pid: number;
  devices: { name: string; kind: 'cpu' | 'cuda'; memoryBytes: number }[];
  /** `host:port` where it takes direct calls; null: it takes none. */
  directAddress: string | null;
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

/** How fast a replica has been of late. */
export interface ReplicaPace {
  replicaId: string;
  /** Milliseconds of compute per item, a running estimate. */
  itemMs: number;
}

/** Implemented by the deployment subgraph. */
export interface Placement {
  register(worker: WorkerDescription): Promise<string>;
  /** False when the worker was declared GONE: it must drop all work and register again. */
  heartbeat(workerId: string): Promise<boolean>;
  /** Replicas that this worker should hold now; whatever else it holds, it unloads and reports STOPPED. */
  assignments(workerId: string): Promise<Assignment[]>;
  report(workerId: string, reports: ReplicaReport[]): Promise<void>;
  /** Tells how fast its replicas are. It may be lost: the next one says it again. */
  pace(workerId: string, paces: ReplicaPace[]): Promise<void>;
  /** A clean end: its replicas are placed elsewhere without waiting for a missed heartbeat. */
  leave(workerId: string): Promise<void>;
}
