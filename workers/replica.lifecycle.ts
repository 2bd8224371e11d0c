import type { Lifecycle } from '../platform/lifecycle';

/**
 * LOADING: the artifact and the first runner are on their way · READY: consumes its queue · RESTARTING: the runner died, entries wait ·
 * FAILED: given up, a tombstone until the deployment takes it away · STOPPED: gone.
 */
export type ReplicaState = 'LOADING' | 'READY' | 'RESTARTING' | 'FAILED' | 'STOPPED';

export const REPLICA_LIFECYCLE: Lifecycle<ReplicaState> = {
  LOADING: ['READY', 'FAILED', 'STOPPED'],
  READY: ['RESTARTING', 'FAILED', 'STOPPED'],
  RESTARTING: ['READY', 'FAILED', 'STOPPED'],
  FAILED: ['STOPPED'],
  STOPPED: [],
};
