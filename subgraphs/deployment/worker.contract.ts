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
  /** SHA-256 of the model file. */
  artifactDigest: string;
  /** Of the model file with its external data. */
  artifactSizeBytes: number;
  /** Where in its version the model file lies. */
  artifactPath: string;
  /** What lies beside the model: external data, labels, tokenizers, declarations. Paths are relative to the same folder as `artifactPath`. */
  files: { path: string; digest: string; sizeBytes: number }[];
  signature: Signature;
  /** Memory reserved on the worker, and the cap of the runner beyond its own base. */
  memoryBytes: number;
  /** Wall clock of one run. */
  timeoutMs: number;
  intraOpThreads: number;
  /** 1: no batching; null: what the worker finds to pay. Only models whose every input and output has the batch dimension may have more. */
  maxBatchSize: number | null;
  maxBatchDelayMs: number;
  /** The named dimension along which items are joined, in every input and output; null: dimension 0. */
  batchDimension: string | null;
  /** Dimensions along which items of different lengths are padded to share a batch; none: their lengths must be equal. */
  padding: PaddingSettings[];
}

export interface PaddingSettings {
  /** The name of a free dimension; outputs that have it too are cut to each item's own length. */
  dimension: string;
  /** Ascending. Items run with those that fit the same one, padded to it; beyond the last with those of equal length. None: all together, padded to the longest. */
  buckets: number[];
  /** The input that tells the model which positions count: padded with 0. */
  mask: string | null;
  /** What other inputs are padded with; 0 where nothing is said. */
  values: { input: string; value: number }[];
}

/** What one run takes at one batch size. */
export interface BatchTime {
  batchSize: number;
  /** The median of several runs, as the runtime took them. */
  msPerBatch: number;
}

/** What a worker found when it measured a revision on one of its devices. */
export interface BatchProfile {
  /** By batch size, from 1; empty when nothing could be measured. */
  table: BatchTime[];
  /** The batch size that pays; 1: none does. */
  chosenMaxBatch: number;
  /** Items a second at that size to those one at a time; null when nothing was measured. */
  gain: number | null;
  /** The largest difference between the outputs of an item alone and in a batch, relative; 0: equal bit for bit, null: not compared. */
  maxRelativeError: number | null;
  /** A sentence. */
  reason: string;
}

export interface Assignment {
  replicaId: string;
  revision: RevisionSpec;
  /** What an earlier process of this worker's name found on this machine; null: it has to be measured. */
  profile: BatchProfile | null;
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
  /** Keeps what the worker measured for a replica of it. */
  profiled(workerId: string, replicaId: string, profile: BatchProfile): Promise<void>;
  /** Tells how fast its replicas are. It may be lost: the next one says it again. */
  pace(workerId: string, paces: ReplicaPace[]): Promise<void>;
  /** A clean end: its replicas are placed elsewhere without waiting for a missed heartbeat. */
  leave(workerId: string): Promise<void>;
}
