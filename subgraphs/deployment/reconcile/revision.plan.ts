import { WANTED_STATES, type ReplicaState } from '../replica.lifecycle';
import type { RevisionHealth } from '../deployment.status';
import type { Reason } from '../status-reason';
import { FAILURE_WINDOW_MS, retryVerdict, type RetryVerdict } from './backoff';
import type { Room } from './room';
import type { ReplicaFacts, RevisionFacts } from './snapshot';

/** A new replica and its place. */
export interface Assignment {
  revision: RevisionFacts;
  workerId: string;
  device: string;
}

export interface RevisionPlan {
  assign: Assignment[];
  stop: ReplicaFacts[];
  health: RevisionHealth;
}

interface RevisionScene {
  at: Date;
  revision: RevisionFacts;
  wanted: number;
  /** Replicas of this revision alone. */
  replicas: ReplicaFacts[];
  retryFrom: Date;
  activeWorkerIds: ReadonlySet<string>;
  room: Room;
}

/** Brings the replicas of one revision to the wanted number. Those on draining workers serve until their replacements do. */
export function planRevision(scene: RevisionScene): RevisionPlan {
  const { revision, wanted, replicas, activeWorkerIds } = scene;
  const held = replicas.filter(({ state }) => WANTED_STATES.includes(state));
  const staying = held.filter(({ workerId }) => activeWorkerIds.has(workerId));
  const leaving = held.filter(({ workerId }) => !activeWorkerIds.has(workerId));
  const surplus = [...staying].sort(leastUsefulFirst).slice(0, Math.max(0, staying.length - wanted));
  const isReplaced = staying.filter(isReady).length >= wanted;
  const retry = retryVerdict(failuresOf(scene), wanted);
  const missing = wanted - staying.length;
  const assign = mayTry(retry, scene.at) ? place(scene, missing) : [];
  const isShort = mayTry(retry, scene.at) && assign.length < missing;
  return {
    assign,
    stop: isReplaced ? surplus.concat(leaving) : surplus,
    health: {
      ready: held.filter(isReady).length,
      coming: held.filter((replica) => !isReady(replica)).length + assign.length,
      failure: retry.isExhausted ? retry.last : null,
      setback: retry.isExhausted ? null : retry.last,
      shortage: isShort ? scene.room.shortage(revision) : null,
    },
  };
}

function place({ room, revision }: RevisionScene, missing: number): Assignment[] {
  const assignments: Assignment[] = [];
  while (assignments.length < missing) {
    const worker = room.take(revision);
    if (!worker) break;
    assignments.push({ revision, workerId: worker.id, device: worker.device });
  }
  return assignments;
}

function failuresOf({ at, replicas, retryFrom }: RevisionScene) {
  const since = Math.max(retryFrom.getTime(), at.getTime() - FAILURE_WINDOW_MS);
  return replicas
    .filter(({ state, updatedAt }) => state === 'FAILED' && updatedAt.getTime() > since)
    .map(({ updatedAt, reason }) => ({ at: updatedAt, reason: reason ?? UNTOLD }));
}

const UNTOLD: Reason = { code: 'REPLICA_FAILED', message: 'A worker could not load the revision.' };

function mayTry({ retryAt }: RetryVerdict, at: Date): boolean {
  return retryAt === null || retryAt <= at;
}

function isReady({ state }: ReplicaFacts): boolean {
  return state === 'READY';
}

const USEFULNESS: Record<ReplicaState, number> = { FAILED: 0, LOST: 0, STOPPED: 0, STOPPING: 0, ASSIGNED: 1, LOADING: 2, READY: 3 };

/** What serves is stopped last; among equals the newest goes. */
function leastUsefulFirst(a: ReplicaFacts, b: ReplicaFacts): number {
  return USEFULNESS[a.state] - USEFULNESS[b.state] || b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}
