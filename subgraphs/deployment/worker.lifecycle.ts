import { registerEnumType } from 'type-graphql';
import type { Lifecycle } from '../../platform/lifecycle';

export const WorkerState = { ACTIVE: 'ACTIVE', DRAINING: 'DRAINING', GONE: 'GONE' } as const;
export type WorkerState = keyof typeof WorkerState;

/** A worker that comes back is a new row: what its predecessor reported late matches no state any more. */
export const workerLifecycle: Lifecycle<WorkerState> = {
  ACTIVE: ['DRAINING', 'GONE'],
  DRAINING: ['GONE'],
  GONE: [],
};

registerEnumType(WorkerState, {
  name: 'WorkerState',
  description: 'Whether a worker takes replicas.',
  valuesConfig: {
    ACTIVE: { description: 'Takes replicas.' },
    DRAINING: { description: 'Takes no new ones; those it has move elsewhere and serve until then.' },
    GONE: { description: 'Left, was replaced by a worker of the same name, or sent no heartbeat for 6 seconds.' },
  },
});
