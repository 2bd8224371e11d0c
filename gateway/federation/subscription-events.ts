import { GraphQLError, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-sse';
import { Agent, fetch, Response, type RequestInit } from 'undici';
import type { RequestScope } from '../../platform/caller';
import { messageOf, type PlatformError } from '../../platform/errors';
import { checkedResult } from './link/read-result';
import { eventLimit } from './event-limit';
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
  /** The largest event that is read. */
  maxEventBytes: number;
  unavailable(reason: string, cause?: unknown): PlatformError;
}

const MAX_WAITING_EVENTS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const BEGIN_TIMEOUT_MS = 30_000;

/** Subscriptions to one subgraph over Server-Sent Events, a connection each (GraphQL over SSE, "distinct connections"). */
export class SubscriptionEvents implements SubscriptionTransport {
  readonly #agent: Agent;

  constructor(private readonly options: SubscriptionEventsOptions) {
    this.#agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  }

  async subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>> {
    const request = { query, variables };
    const headers = await this.options.headers(scope, JSON.stringify(request));
    // A client of its own: one for all would keep a listener of every subscription there was.
    const client = createClient({
      url: this.options.url, headers, retryAttempts: 0,
      fetchFn: (url: string, init: RequestInit) => this.#open(url, init),
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

  /** A redirect is refused: it would carry the headers to who knows where. */
  async #open(url: string, init: RequestInit): Promise<Response> {
    const { timeoutMs = BEGIN_TIMEOUT_MS } = this.options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`it has not begun within ${timeoutMs} ms`)), timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal;
    const response = await fetch(url, { ...init, signal, redirect: 'error', dispatcher: this.#agent }).finally(() => clearTimeout(timer));
    const type = response.headers.get('content-type') ?? 'nothing';
    if (response.ok && response.body && type.startsWith('text/event-stream')) return limited(response, this.options.maxEventBytes);
    // graphql-sse would read the whole of it first, and that may never end.
    const refusal = new Error(`it answers ${response.status} with ${type}`);
    late.abort(refusal);
    throw refusal;
  }

  #failure(reason: string, cause?: unknown): GraphQLError {
    const originalError = this.options.unavailable(reason, cause);
    return new GraphQLError(originalError.message, { originalError });
  }
}

function limited({ body, status, headers }: Response, maxBytes: number): Response {
  return new Response((body as unknown as ReadableStream<Uint8Array>).pipeThrough(eventLimit(maxBytes)) as never, { status, headers });
}
