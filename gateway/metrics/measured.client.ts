import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { SubgraphClient, SubgraphOperation, Variables } from '../federation/subgraph-client';
import { WrappedClient } from '../federation/wrapped-client';
import type { GatewayMetrics } from './gateway.metrics';

/** A subgraph's client whose fetches are timed. */
export class MeasuredClient extends WrappedClient {
  constructor(client: SubgraphClient, private readonly metrics: Pick<GatewayMetrics, 'countFetch'>) {
    super(client);
  }

  async execute(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult> {
    const startedAtMs = performance.now();
    const tell = (outcome: Parameters<GatewayMetrics['countFetch']>[1]) => this.metrics.countFetch(this.name, outcome, performance.now() - startedAtMs);
    try {
      const result = await this.client.execute(operation, variables, scope, signal);
      tell(result.errors?.length ? 'errors' : 'ok');
      return result;
    } catch (error) {
      tell('unanswered');
      throw error;
    }
  }
}
