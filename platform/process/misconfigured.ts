import { messageOf, PlatformError } from '../errors';

/** Answers of a server that is there but will never let us in: wrong password, no such role, no such database, no right to make tables. */
const REFUSALS = new Set(['28P01', '28000', '3D000', '42501']);
const REDIS_REFUSAL = /WRONGPASS|NOAUTH|NOPERM|invalid username-password/i;

/** Turns such an answer into CONFIGURATION_INVALID that names the variable, and leaves every other error as it is. */
export function asMisconfigured(error: unknown, variable: 'DATABASE_URL' | 'REDIS_URL'): unknown {
  const answer = error instanceof PlatformError ? error.cause : error;
  const { code, driverError } = (answer ?? {}) as { code?: string; driverError?: { code?: string } };
  const isRefusal = REFUSALS.has(code ?? driverError?.code ?? '') || REDIS_REFUSAL.test(messageOf(answer));
  if (!isRefusal) return error;
  const message = `${variable} is refused by its server: ${messageOf(answer)}`;
  return new PlatformError('CONFIGURATION_INVALID', message, { faults: [message] }, { cause: error });
}
