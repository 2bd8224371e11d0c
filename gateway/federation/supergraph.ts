import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { RequestScope } from '../../platform/caller';

export interface OperationRequest {
  document: DocumentNode;
  operationName?: string | null;
  variables?: Readonly<Record<string, unknown>>;
  scope: RequestScope;
  signal?: AbortSignal;
}

/** The composed graph: what the doors (HTTP, WebSocket) call once a document is parsed, validated and within its limits. */
export interface Supergraph {
  /** What clients see: no federation machinery. */
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  execute(request: OperationRequest): Promise<ExecutionResult>;
  subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
  /** Where the graph can change while it runs: this document is valid for the graph of now, and runs on it also when another has come. */
  hold?(document: DocumentNode): void;
  /** The graph that a document runs on. */
  of?(document: DocumentNode): Supergraph;
  /** Told of each new graph, where the graph can change while it runs. The returned function ends it. */
  onChange?(listener: (graph: Supergraph) => void): () => void;
}
