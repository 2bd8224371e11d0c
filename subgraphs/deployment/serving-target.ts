import type { DeploymentStatus } from './deployment.lifecycle';
import type { RevisionSpec } from './worker.contract';

/** A replica that takes direct calls. */
export interface ServingReplica {
  id: string;
  /** `host:port` of its worker. */
  address: string;
}

/** What `inference` needs to know of a deployment at every submit. */
export interface ServingTarget {
  deploymentId: string;
  namespace: string;
  fullName: string;
  status: DeploymentStatus;
  /** The revision of the live release; null before the first one went live, and while the deployment is stopped. */
  revision: RevisionSpec | null;
  /** Its number in the deployment; null with the revision. */
  revisionNumber: number | null;
  /** Those of the revision that are READY, on workers that live. */
  replicas: ServingReplica[];
  /** Milliseconds of compute per item on its slowest replica; null where none has run yet. */
  itemMs: number | null;
  /** How many replicas of the revision are READY. */
  readyReplicas: number;
  admission: { maxQueue: number | null; maxInFlight: number | null; deadlineMs: number | null };
  /** How results are used again; null: not at all. */
  resultReuse: { ttlMs: number; maxBytes: number; since: Date } | null;
}
