import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { asUnavailable } from './database/unavailable';
import { isErrorCode, messageOf, PlatformError } from './errors';
import type { Log } from './log';

export const MASKED_MESSAGE = 'The platform failed; its log has the reason under the request id.';

/**
 * What may leave the process of anything thrown: an error whose code is in our table as it stands, anything else without its
 * reason, which is logged whole. Path and locations stay.
 */
export function maskError(thrown: unknown, requestId: string, log: Log): GraphQLFormattedError {
  const formatted = format(thrown);
  const code = formatted.extensions?.['code'];
  if (isErrorCode(code) && code !== 'INTERNAL_SERVER_ERROR') {
    return { ...formatted, extensions: { ...formatted.extensions, requestId } };
  }
  const err = thrown instanceof GraphQLError ? thrown.originalError ?? thrown : thrown;
  log.error({ requestId, err, path: formatted.path }, 'request failed');
  return { ...formatted, message: MASKED_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/** Whatever was asked of TypeORM directly, and cut off in mid-flight, says in a driver's words that the database is away. */
function format(thrown: unknown): GraphQLFormattedError {
  if (!(thrown instanceof GraphQLError)) return describe(asUnavailable(thrown));
  const { originalError } = thrown;
  const known = originalError ? asUnavailable(originalError) : originalError;
  return known === originalError ? thrown.toJSON() : { ...thrown.toJSON(), ...describe(known) };
}

function describe(thrown: unknown): GraphQLFormattedError {
  return { message: messageOf(thrown), extensions: thrown instanceof PlatformError ? thrown.extensions : {} };
}
