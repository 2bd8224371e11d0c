import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { asUnkeepableText } from './database/keepable-text';
import { asUnavailable } from './database/unavailable';
import { isErrorCode, messageOf, PlatformError } from './errors';
import type { Log } from './log';

export const MASKED_MESSAGE = 'The platform failed; its log has the reason under the request id.';

const MAX_MESSAGE_LENGTH = 2_000;

/**
 * What may leave the process of anything thrown: an error whose code is in our table as it stands, anything else without its
 * reason, which is logged whole. Path and locations stay.
 */
export function maskError(thrown: unknown, requestId: string, log: Log): GraphQLFormattedError {
  const formatted = format(thrown);
  const code = formatted.extensions?.['code'];
  if (isErrorCode(code) && code !== 'INTERNAL_SERVER_ERROR') {
    return { ...formatted, message: clipped(formatted.message), extensions: { ...formatted.extensions, requestId } };
  }
  const err = thrown instanceof GraphQLError ? thrown.originalError ?? thrown : thrown;
  log.error({ requestId, err, path: formatted.path }, 'request failed');
  return { ...formatted, message: MASKED_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/** Whatever was asked of TypeORM directly says in a driver's words that the database is away, or cannot keep a text. */
function format(thrown: unknown): GraphQLFormattedError {
  if (!(thrown instanceof GraphQLError)) return describe(asRefusal(thrown));
  const { originalError } = thrown;
  const known = originalError ? asRefusal(originalError) : originalError;
  return known === originalError ? thrown.toJSON() : { ...thrown.toJSON(), ...describe(known) };
}

/** What was refused is quoted in messages, and may be a megabyte. */
function clipped(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

function asRefusal(thrown: unknown): unknown {
  return asUnkeepableText(asUnavailable(thrown));
}

function describe(thrown: unknown): GraphQLFormattedError {
  return { message: messageOf(thrown), extensions: thrown instanceof PlatformError ? thrown.extensions : {} };
}
