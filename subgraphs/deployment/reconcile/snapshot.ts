import type { DeploymentStatus } from '../deployment.lifecycle';
import type { ReplicaState } from '../replica.lifecycle';
import type { Reason } from '../status-reason';

/** A worker that is not GONE. */
export interface WorkerFacts {
  id: string;
  isActive: boolean;
  memoryBytes: number;
  device: string;
}

/** A replica that holds its place, or that failed not long ago. */
export interface ReplicaFacts {
  id: string;
  deploymentId: string;
  revisionId: string;
  workerId: string;
  state: ReplicaState;
  reason: Reason | null;
  memoryBytes: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface RevisionFacts {
  id: string;
  number: number;
  memoryBytes: number;
}

export interface ReleaseFacts {
  id: string;
  number: number;
  revision: RevisionFacts;
}

export interface DeploymentFacts {
  id: string;
  version: number;
  status: DeploymentStatus;
  reason: Reason | null;
  desiredReplicas: number;
  /** Failures before this moment are forgiven. */
  retryFrom: Date;
  live: ReleaseFacts | null;
  next: ReleaseFacts | null;
  /** Revisions of earlier releases that still have queued work: each keeps one replica until it is done. */
  draining: RevisionFacts[];
}

/** Everything a pass of the reconciler decides by, read at one moment. */
export interface Snapshot {
  at: Date;
  workers: WorkerFacts[];
  /** Oldest first: who came first is placed first. */
  deployments: DeploymentFacts[];
  replicas: ReplicaFacts[];
}
