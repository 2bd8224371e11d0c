import { execute, printSchema, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { OperationRequest, Supergraph } from '../../gateway/federation/supergraph';

/** A plain schema in the place of the composed graph, for tests of the doors alone. */
export function supergraphOf(schema: GraphQLSchema): Supergraph {
  const args = ({ document, operationName, variables, scope }: OperationRequest) =>
    ({ schema, document, operationName, variableValues: variables, contextValue: { scope } });
  return {
    apiSchema: schema,
    sdl: printSchema(schema),
    execute: async (request) => execute(args(request)),
    subscribe: async (request) => (await subscribe(args(request))) as AsyncIterableIterator<ExecutionResult> | ExecutionResult,
  };
}
