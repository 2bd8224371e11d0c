import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { SubgraphClient, SubgraphOperation, Variables } from './subgraph-client';

/** Around another client: whoever extends it observes fetches, and the rest passes through. */
export abstract class WrappedClient implements SubgraphClient {
  readonly name: string;

  constructor(protected readonly client: SubgraphClient) {
    this.name = client.name;
  }

  abstract execute(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult>;

  subscribe(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    return this.client.subscribe(operation, variables, scope);
  }

  check(): Promise<string | null> {
    return this.client.check();
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
