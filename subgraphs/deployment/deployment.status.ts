import { isRunning, type DeploymentStatus } from './deployment.lifecycle';
import type { Reason } from './status-reason';

/** How the replicas of one revision are doing, measured against how many of it are wanted. */
export interface RevisionHealth {
  /** Replicas that serve now. */
  ready: number;
  /** Replicas that have a place and do not serve yet. */
  coming: number;
  /** The last failure, once loading was tried so often that it counts as failed. */
  failure: Reason | null;
  /** The last failure, while it is simply tried again. */
  setback: Reason | null;
  /** Why not all wanted replicas have a place. */
  shortage: Reason | null;
}

export interface StatusFacts {
  current: DeploymentStatus;
  desiredReplicas: number;
  live: RevisionHealth | null;
  /** The revision of the pending release. */
  next: RevisionHealth | null;
}

export interface StatusVerdict {
  status: DeploymentStatus;
  reason: Reason | null;
}

/** The status of a deployment as a function of what its replicas do; a stopped or deleted one stays so until someone changes the wish. */
export function deploymentStatus(facts: StatusFacts): StatusVerdict {
  if (!isRunning(facts.current)) return { status: facts.current, reason: null };
  return facts.live !== null && facts.live.ready > 0 ? servingStatus(facts, facts.live) : idleStatus(facts);
}

function servingStatus({ desiredReplicas, next }: StatusFacts, live: RevisionHealth): StatusVerdict {
  const isShort = live.ready < desiredReplicas;
  const problem = (next && (next.failure ?? next.shortage)) ?? (isShort ? live.failure ?? live.shortage : null);
  if (problem) return { status: 'DEGRADED', reason: problem };
  if (next || isShort) return { status: 'PROGRESSING', reason: next?.setback ?? live.setback };
  return { status: 'READY', reason: null };
}

function idleStatus({ live, next }: StatusFacts): StatusVerdict {
  // A pending release is the way out of a broken live one, unless it is broken itself.
  const hope = next && (!next.failure || !live) ? next : live;
  if (!hope) return { status: 'PENDING', reason: null };
  if (hope.failure) return { status: 'FAILED', reason: hope.failure };
  if (hope.coming > 0 || hope.setback) return { status: 'PROGRESSING', reason: hope.setback };
  return { status: 'PENDING', reason: hope.shortage };
}
