import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { executeOperation, subscribeOperation } from '../../platform/subgraph/run-operation';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { SubgraphClient, SubgraphOperation, Variables } from './subgraph-client';

/** A subgraph in the gateway's own process: no text, no socket, the caller as it is. */
export class InProcessClient implements SubgraphClient {
  readonly name: string;

  constructor(private readonly subgraph: Pick<Subgraph, 'schema' | 'context'> & { readonly name: string }) {
    this.name = subgraph.name;
  }

  execute({ document }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope): Promise<ExecutionResult> {
    return executeOperation(this.subgraph, { document, variables, scope });
  }

  subscribe(
    { document }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    return subscribeOperation(this.subgraph, { document, variables, scope });
  }

  check(): Promise<string | null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
