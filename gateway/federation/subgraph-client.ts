import type { DocumentNode, ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';

/** One operation for a subgraph, parsed and serialised once per plan. */
export interface SubgraphOperation {
  readonly text: string;
  readonly document: DocumentNode;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** `{"query":"…"` without its end: HTTP bodies append the variables to it. */
  readonly bodyPrefix: string;
}

export type Variables = Readonly<Record<string, unknown>>;

/**
 * How the executor talks to one subgraph: in process or over HTTP.
 *
 * - `execute` resolves with the subgraph's answer, errors included; it rejects only when there is none (SUBGRAPH_UNAVAILABLE).
 * - `subscribe` resolves with a single result when the subgraph refuses, otherwise with an iterable whose `return()` ends the
 *   upstream at once, also while an event is awaited. Over a socket a refusal is known later: it is the only event, without data.
 */
export interface SubgraphClient {
  readonly name: string;
  execute(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult>;
  subscribe(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
  /** For /readyz: null, or why it cannot answer. */
  check(): Promise<string | null>;
  close(): Promise<void>;
}
