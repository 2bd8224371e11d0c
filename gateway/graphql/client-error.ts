import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isErrorCode, messageOf, PlatformError, type ErrorCode } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { MASKED_MESSAGE, maskError } from '../../platform/mask-error';
import { isStackOverflow, NESTED_TOO_DEEP } from './limits';

/** Codes of libraries, told in the words of our table. */
const FOREIGN_CODES: Readonly<Record<string, ErrorCode>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'GRAPHQL_VALIDATION_FAILED',
};

/**
 * The code of an error: of our table as it stands; of a library translated. graphql-js gives none to what it refuses before it
 * runs a field (a variable that does not fit), which is told by the missing path; whatever else has none is a fault of ours.
 */
function codeOf(error: Pick<GraphQLFormattedError, 'extensions' | 'path'> & { originalError?: Error | null }): ErrorCode {
  const code = error.extensions?.['code'];
  if (isErrorCode(code)) return code;
  if (typeof code === 'string' && Object.hasOwn(FOREIGN_CODES, code)) return FOREIGN_CODES[code]!;
  const isOwnFault = error.originalError && !(error.originalError instanceof GraphQLError);
  const isRefusal = code === undefined && error.path === undefined && !isOwnFault;
  return isRefusal ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
}

/** What a client may read of a GraphQL error, with the request id to ask about; a fault of ours is logged whole and masked. */
export function toClientError(error: GraphQLError, requestId: string, log: Log): GraphQLError {
  const { message, nodes, source, positions, path, originalError } = error;
  const extensions = { ...error.extensions, code: codeOf(error) };
  // A subgraph masked and logged it already.
  if (message === MASKED_MESSAGE) return new GraphQLError(message, {
    nodes, source, positions, path, extensions: { ...extensions, requestId },
  });
  const masked = maskError(new GraphQLError(message, { nodes, source, positions, path, originalError, extensions }), requestId, log);
  return new GraphQLError(masked.message, { nodes, source, positions, path, extensions: masked.extensions });
}

/** The same for anything thrown. */
export function toClientErrorOf(thrown: unknown, requestId: string, log: Log): GraphQLError {
  if (thrown instanceof GraphQLError) return toClientError(thrown, requestId, log);
  if (thrown instanceof PlatformError) return toClientError(
    new GraphQLError(thrown.message, { extensions: thrown.extensions }), requestId, log,
  );
  const cause = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
  return toClientError(new GraphQLError(cause.message, { originalError: cause }), requestId, log);
}

function apolloMessage({ message }: GraphQLFormattedError, code: ErrorCode): string {
  if (code === 'INTERNAL_SERVER_ERROR') return MASKED_MESSAGE;
  return code === 'GRAPHQL_PARSE_FAILED' && isStackOverflow({ message }) ? NESTED_TOO_DEEP : message;
}

/** The last word on what Apollo Server formats, its own refusals included; spreading keeps path and locations. */
export function formatApolloError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const code = codeOf(formatted);
  return { ...formatted, message: apolloMessage(formatted, code), extensions: { ...formatted.extensions, code } };
}
