import { registerEnumType } from 'type-graphql';
import type { Lifecycle } from '../../platform/lifecycle';

export const ReplicaState = {
  ASSIGNED: 'ASSIGNED', LOADING: 'LOADING', READY: 'READY', FAILED: 'FAILED', STOPPING: 'STOPPING', STOPPED: 'STOPPED', LOST: 'LOST',
} as const;
export type ReplicaState = keyof typeof ReplicaState;

/**
 * The platform assigns, stops and declares lost; the worker reports the rest. An ASSIGNED replica is stopped at once, since its worker
 * holds nothing yet that it could confirm to have unloaded.
 */
export const replicaLifecycle: Lifecycle<ReplicaState> = {
  ASSIGNED: ['LOADING', 'READY', 'FAILED', 'STOPPED', 'LOST'],
  LOADING: ['READY', 'FAILED', 'STOPPING', 'LOST'],
  READY: ['FAILED', 'STOPPING', 'LOST'],
  STOPPING: ['STOPPED', 'LOST'],
  FAILED: [],
  STOPPED: [],
  LOST: [],
};

/** States in which the worker should hold the replica. */
export const WANTED_STATES: readonly ReplicaState[] = ['ASSIGNED', 'LOADING', 'READY'];
/** States in which the replica's memory is reserved on its worker. */
export const HOLDING_STATES: readonly ReplicaState[] = [...WANTED_STATES, 'STOPPING'];

registerEnumType(ReplicaState, {
  name: 'ReplicaState',
  description: 'Where a replica stands.',
  valuesConfig: {
    ASSIGNED: { description: 'Has a place; its worker has not begun.' },
    LOADING: { description: 'Its worker loads the model.' },
    READY: { description: 'Serves.' },
    FAILED: { description: 'Could not be loaded, or broke while it served; a later one replaces it.' },
    STOPPING: { description: 'No longer wanted: it finishes what it runs and unloads.' },
    STOPPED: { description: 'Unloaded as wished.' },
    LOST: { description: 'Its worker is gone.' },
  },
});
