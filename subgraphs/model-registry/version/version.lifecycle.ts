import { registerEnumType } from 'type-graphql';
import type { Lifecycle } from '../../../platform/lifecycle';

/** States of a model version. A version exists only once its bytes are complete, so there is no state before INSPECTING. */
export const VersionState = { INSPECTING: 'INSPECTING', READY: 'READY', REJECTED: 'REJECTED', ARCHIVED: 'ARCHIVED' } as const;
export type VersionState = (typeof VersionState)[keyof typeof VersionState];

export const VERSION_LIFECYCLE: Lifecycle<VersionState> = {
  INSPECTING: ['READY', 'REJECTED'],
  READY: ['ARCHIVED'],
  REJECTED: ['ARCHIVED'],
  ARCHIVED: [],
};

registerEnumType(VersionState, {
  name: 'VersionState',
  description: 'Where a model version stands.',
  valuesConfig: {
    INSPECTING: { description: 'The bytes are complete; its structure is being read and a throw-away process loads it.' },
    READY: { description: 'It can be deployed.' },
    REJECTED: { description: 'It cannot be served; `inspection` says why.' },
    ARCHIVED: { description: 'It was put away: new deployments refuse it, running ones keep it.' },
  },
});
