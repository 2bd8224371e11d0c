import { registerEnumType } from 'type-graphql';
import type { Role } from '../../platform/caller';

/** `Role` of platform/caller.ts as a GraphQL enum. */
export const RoleEnum = {
  VIEWER: 'VIEWER', CALLER: 'CALLER', DEVELOPER: 'DEVELOPER', ADMIN: 'ADMIN',
} as const satisfies { [Name in Role]: Name };

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a caller may do in a namespace. Each role includes those before it.',
  valuesConfig: {
    VIEWER: { description: 'Reads models, deployments and jobs.' },
    CALLER: { description: 'Also submits jobs, uploads tensors and cancels jobs.' },
    DEVELOPER: { description: 'Also pushes models and deploys them.' },
    ADMIN: { description: 'Also manages API keys and reads the audit events.' },
  },
});
