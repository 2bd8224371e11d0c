import { createSourceEventStream, execute, GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql';
import type { RequestScope } from '../caller';
import { PlatformError } from '../errors';
import { EventStream } from '../stream/event-stream';
import type { Subgraph } from './subgraph';

export interface SubgraphRequest {
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly scope: RequestScope;
}

type Executable = Pick<Subgraph, 'schema' | 'context'>;

/** Executes a query or mutation with a context, and so loaders, of its own. */
export async function executeOperation(subgraph: Executable, { document, variables, scope }: SubgraphRequest): Promise<ExecutionResult> {
  const result = await execute({ schema: subgraph.schema, document, variableValues: variables, contextValue: subgraph.context(scope) });
  return withRefusals(result);
}

/**
 * Opens a subscription. graphql-js's own `subscribe` makes one context for the whole stream, whose loaders would answer the first
 * event's rows for ever: here each event is executed with a fresh one.
 */
export async function subscribeOperation(
  subgraph: Executable, request: SubgraphRequest,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const { document, variables, scope } = request;
  const { schema } = subgraph;
  const source = await createSourceEventStream({ schema, document, variableValues: variables, contextValue: subgraph.context(scope) });
  if (!(Symbol.asyncIterator in source)) return withRefusals(source);
  const complete = async (rootValue: unknown): Promise<ExecutionResult> =>
    withRefusals(await execute({ schema, document, rootValue, variableValues: variables, contextValue: subgraph.context(scope) }));
  return new EventStream(source[Symbol.asyncIterator](), complete);
}

/** graphql-js gives no code to what it refuses itself: variables and arguments that do not fit. */
function withRefusals(result: ExecutionResult): ExecutionResult {
  if (!result.errors?.some(isRefusal)) return result;
  return { ...result, errors: result.errors.map((error) => (isRefusal(error) ? coded(error) : error)) };
}

/** Refused before a field ran (no path), or by an argument: then graphql-js's own error points into the document. */
function isRefusal({ extensions, path, originalError }: GraphQLError): boolean {
  if (extensions['code'] !== undefined) return false;
  if (originalError instanceof PlatformError) return false;
  return path === undefined || (originalError instanceof GraphQLError && originalError.nodes !== undefined);
}

function coded({ message, nodes, path }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes, path, extensions: { code: 'BAD_USER_INPUT' } });
}
