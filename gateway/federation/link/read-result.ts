import { GraphQLError, type ExecutionResult } from 'graphql';
import { isObject } from '../response';

/** The result that a text holds; null when it is none (GraphQL over HTTP: HTML of a proxy, half a JSON, a list). */
export function readResult(text: string): ExecutionResult | null {
  try {
    return checkedResult(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Brings what claims to be a result into the form that the specification demands (§7.1); null when there is nothing to bring. */
export function checkedResult(result: unknown): ExecutionResult | null {
  if (!isObject(result)) return null;
  const { data, errors } = result;
  if (data !== undefined && data !== null && !isObject(data)) return null;
  if (errors !== undefined && errors !== null && !Array.isArray(errors)) return null;
  if (!errors?.length) return data === undefined ? null : { data };
  return { ...(data !== undefined && { data }), errors: errors.map(checkedError) };
}

/** Message, path and extensions count; places in a document that the client has not written do not. */
function checkedError(error: unknown): GraphQLError {
  if (!isObject(error)) return new GraphQLError('The subgraph tells an error that is none.');
  const { message, path, extensions } = error;
  const isPath = Array.isArray(path) && path.every((key) => typeof key === 'string' || Number.isInteger(key));
  return new GraphQLError(typeof message === 'string' ? message : 'The subgraph tells an error without a message.', {
    path: isPath ? path as (string | number)[] : undefined, extensions: isObject(extensions) ? extensions : undefined,
  });
}
