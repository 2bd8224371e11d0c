import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { messageOf } from '../../platform/errors';
import type { Tracing } from '../../platform/trace/tracing';
import type { SubgraphClient, SubgraphOperation, Variables } from '../federation/subgraph-client';
import { WrappedClient } from '../federation/wrapped-client';

/** A subgraph's client with a span around each fetch, which the subgraph's own spans become part of. */
export class TracedClient extends WrappedClient {
  constructor(client: SubgraphClient, private readonly tracing: Tracing) {
    super(client);
  }

  async execute(
    operation: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult> {
    const attributes = { 'modelgraph.subgraph': this.name, 'graphql.operation.type': operation.kind };
    const span = this.tracing.start(`fetch ${this.name}`, { kind: SpanKind.CLIENT, parent: scope.trace, attributes });
    try {
      const result = await this.client.execute(operation, variables, { ...scope, trace: span.spanContext() }, signal);
      if (result.errors?.length) span.setStatus({ code: SpanStatusCode.ERROR });
      return result;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      throw error;
    } finally {
      span.end();
    }
  }
}
