import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { GraphQLEndpoint } from './link/graphql-endpoint';
import { LinkFailure } from './link/link-failure';
import type { LinkGuard } from './link/link-guard';
import { readResult } from './link/read-result';
import type { SubgraphClient, SubgraphOperation, Variables } from './subgraph-client';
import type { SubscriptionTransport } from './subscription-transport';

export interface HttpClientParts {
  endpoint: GraphQLEndpoint;
  guard: LinkGuard;
  subscriptions: SubscriptionTransport;
}

/** What a proxy says whose server is away or starting (RFC 9110 §15.6). */
const STATUS_OF_PROXY = new Set([502, 503, 504]);

/** A subgraph in another process: queries and mutations by POST over kept-alive connections, subscriptions as the transport has it. */
export class HttpClient implements SubgraphClient {
  readonly name: string;

  constructor(private readonly parts: HttpClientParts) {
    this.name = parts.endpoint.name;
  }

  execute(
    { bodyPrefix, kind }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult> {
    const body = variables ? `${bodyPrefix},"variables":${JSON.stringify(variables)}}` : `${bodyPrefix}}`;
    return this.parts.guard.run({ isRead: kind === 'query', signal }, (ends) => this.#ask(body, scope, ends));
  }

  subscribe(
    { text }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope,
  ): Promise<AsyncIterableIterator<ExecutionResult>> {
    return this.parts.subscriptions.subscribe(text, variables, scope);
  }

  check(): Promise<string | null> {
    return this.parts.endpoint.check();
  }

  async close(): Promise<void> {
    await this.parts.subscriptions.close();
    await this.parts.endpoint.close();
  }

  async #ask(body: string, scope: RequestScope, signal: AbortSignal): Promise<ExecutionResult> {
    const { status, text } = await this.parts.endpoint.ask(body, { scope, signal });
    const result = readResult(text);
    if (result) return result;
    const reason = `it answers ${status} with something that is no GraphQL result.`;
    throw new LinkFailure(this.name, reason, { isTransient: STATUS_OF_PROXY.has(status) });
  }
}
