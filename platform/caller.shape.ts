import { z } from 'zod';
import { ROLES } from './caller';

/** A `Caller` as it travels between our own processes. */
export const callerShape = z.object({
  principalId: z.string(), name: z.string(), isOperator: z.boolean(), roles: z.record(z.string(), z.enum(ROLES)),
});
