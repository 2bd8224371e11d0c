import { GraphQLError, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-sse';
import { Agent, fetch } from 'undici';
import type { RequestScope } from '../../platform/caller';
import { messageOf, type PlatformError } from '../../platform/errors';
import { checkedResult } from './link/read-result';
import { PushedEvents } from './pushed-events';
import type { Variables } from './subgraph-client';
import type { SubscriptionTransport } from './subscription-transport';

export interface SubscriptionEventsOptions {
  /** Such as `https://prices.example/graphql`. */
  url: string;
  /** What a request shows of its caller; `body` is the exact text that is sent. */
  headers(scope: RequestScope, body: string): Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** How long the stream may take to begin. */
  timeoutMs?: number;
  unavailable(reason: string, cause?: unknown): PlatformError;
}

const MAX_WAITING_EVENTS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Subscriptions to one subgraph over Server-Sent Events, a connection each (GraphQL over SSE, "distinct connections"). */
export class SubscriptionEvents implements SubscriptionTransport {
  readonly #agent: Agent;

  constructor(private readonly options: SubscriptionEventsOptions) {
    this.#agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: options.timeoutMs });
  }

  async subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>> {
    const request = { query, variables };
    const headers = await this.options.headers(scope, JSON.stringify(request));
    // A client of its own: one for all would keep a listener of every subscription there was.
    const client = createClient({
      url: this.options.url, headers, retryAttempts: 0,
      fetchFn: (url: string, init: object) => fetch(url, { ...init, dispatcher: this.#agent }),
    });
    const events = new PushedEvents<ExecutionResult>(MAX_WAITING_EVENTS, () => client.dispose());
    client.subscribe(request, {
      next: (result) => events.push(checkedResult(result) ?? { errors: [this.#failure('it sends something that is no GraphQL result.')] }),
      error: (reason) => {
        events.push({ errors: [this.#failure(`its event stream was closed: ${messageOf(reason)}`, reason)] });
        events.end();
      },
      complete: () => events.end(),
    });
    return events;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #failure(reason: string, cause?: unknown): GraphQLError {
    const originalError = this.options.unavailable(reason, cause);
    return new GraphQLError(originalError.message, { originalError });
  }
}
