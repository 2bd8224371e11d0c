import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { isObject } from './response';
import type { SubgraphClient, SubgraphOperation, Variables } from './subgraph-client';
import type { SubgraphEndpoint } from './subgraph-endpoint';
import { SubscriptionSocket } from './subscription-socket';
import type { SubscriptionTransport } from './subscription-transport';

const GRAPHQL_PATH = '/graphql';

/** A subgraph in another process: queries and mutations by POST over kept-alive connections, subscriptions over one WebSocket or, where told, events. */
export class HttpClient implements SubgraphClient {
  readonly name: string;

  constructor(
    private readonly endpoint: SubgraphEndpoint,
    private readonly subscriptions: SubscriptionTransport = new SubscriptionSocket(endpoint, GRAPHQL_PATH),
  ) {
    this.name = endpoint.name;
  }

  async execute(
    { bodyPrefix }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope, signal?: AbortSignal,
  ): Promise<ExecutionResult> {
    const body = variables ? `${bodyPrefix},"variables":${JSON.stringify(variables)}}` : `${bodyPrefix}}`;
    const { status, text } = await this.endpoint.post(GRAPHQL_PATH, body, { scope, signal });
    // The subgraph refuses the gateway itself here, not the caller, who has shown a valid key.
    if (status === 401) throw this.endpoint.unavailable('it does not believe this gateway; both must share one gateway key.');
    const result = parseResult(text);
    if (!result) throw this.endpoint.unavailable(`it answers ${status} with something that is no GraphQL result.`);
    return result;
  }

  subscribe(
    { text }: SubgraphOperation, variables: Variables | undefined, scope: RequestScope,
  ): Promise<AsyncIterableIterator<ExecutionResult>> {
    return this.subscriptions.subscribe(text, variables, scope);
  }

  check(): Promise<string | null> {
    return this.endpoint.check();
  }

  async close(): Promise<void> {
    await this.subscriptions.close();
    await this.endpoint.close();
  }
}

function parseResult(text: string): ExecutionResult | null {
  try {
    const result: unknown = JSON.parse(text);
    return isObject(result) && (isObject(result['data']) || result['data'] === null || Array.isArray(result['errors'])) ? result : null;
  } catch {
    return null;
  }
}
