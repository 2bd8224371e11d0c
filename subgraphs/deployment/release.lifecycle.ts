import { registerEnumType } from 'type-graphql';
import type { Lifecycle } from '../../platform/lifecycle';

export const ReleaseState = { PENDING: 'PENDING', LIVE: 'LIVE', SUPERSEDED: 'SUPERSEDED' } as const;
export type ReleaseState = keyof typeof ReleaseState;

/** At most one release of a deployment is PENDING and at most one LIVE. */
export const releaseLifecycle: Lifecycle<ReleaseState> = {
  PENDING: ['LIVE', 'SUPERSEDED'],
  LIVE: ['SUPERSEDED'],
  SUPERSEDED: [],
};

registerEnumType(ReleaseState, {
  name: 'ReleaseState',
  description: 'Where a release stands.',
  valuesConfig: {
    PENDING: { description: 'Waits until its revision has a replica that is ready; the traffic stays where it is.' },
    LIVE: { description: 'Takes the traffic.' },
    SUPERSEDED: { description: 'A later release took its place.' },
  },
});
