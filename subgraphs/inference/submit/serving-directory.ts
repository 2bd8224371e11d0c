import type { BatchProfile, RevisionSpec } from '../../deployment/worker.contract';

export interface ServingTarget {
  deploymentId: string;
  namespace: string;
  fullName: string;
  status: string;
  /** Null while no revision is ready to serve. */
  revision: RevisionSpec | null;
  /** Its number in the deployment; null with the revision. */
  revisionNumber: number | null;
  /** Those of the revision that take direct calls at `host:port`. */
  replicas: { id: string; address: string }[];
  /** Milliseconds of compute per item on its slowest replica; null where none has run yet. */
  itemMs: number | null;
  /** How many replicas of the revision are ready. */
  readyReplicas: number;
  /** What the deployment lets in. Null: no limit. */
  admission: ServingAdmission;
  /** How its results are used again; null: not at all. */
  resultReuse: ReuseSettings | null;
}

export interface ReuseSettings {
  ttlMs: number;
  /** Of results that are kept. */
  maxBytes: number;
  /** Results from before are not used. */
  since: Date;
}

export interface ServingAdmission {
  /** Items that may wait. */
  maxQueue: number | null;
  /** Items that may be unfinished, waiting or running. */
  maxInFlight: number | null;
  /** The deadline of jobs that bring none, in milliseconds. */
  deadlineMs: number | null;
}

/** What this subgraph asks of deployments, implemented by theirs. */
export interface ServingDirectory {
  /** Of these namespaces, null: of all. */
  servingTargets(namespaces: readonly string[] | null): Promise<ServingTarget[]>;
  /** Whether a live worker takes direct calls. */
  hasDirectWorker(): Promise<boolean>;
  servingTarget(fullNameOrId: string): Promise<ServingTarget | null>;
  revisionSpecs(ids: string[]): Promise<RevisionSpec[]>;
  /** What a worker measured of the revision last; null where nothing was yet. */
  batchProfile(revisionId: string): Promise<BatchProfile | null>;
}
