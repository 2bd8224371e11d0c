import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { Caller, RequestScope } from '../../platform/caller';
import { CONTENT_OF_CONNECTION, contentOfSubscription } from '../../platform/subgraph/identity-token';
import { newId } from '../../platform/uuid';
import { PushedEvents } from './pushed-events';
import type { Variables } from './subgraph-client';
import type { SubgraphEndpoint } from './subgraph-endpoint';
import type { SubscriptionTransport } from './subscription-transport';

const MAX_WAITING_EVENTS = 1_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;

/** Opens the socket; it may ask for nothing itself. */
const GATEWAY: Caller = { principalId: '00000000-0000-7000-8000-000000000000', name: 'gateway', isOperator: false, roles: {} };

/**
 * All subscriptions to one subgraph over one WebSocket, opened by the first and closed behind the last. It never reconnects by
 * itself: events of the gap would be lost unseen, so each stream ends with SUBGRAPH_UNAVAILABLE and its client subscribes again.
 */
export class SubscriptionSocket implements SubscriptionTransport {
  readonly #client: Client;
  #socket: WebSocket | null = null;
  #pongTimer: NodeJS.Timeout | undefined;

  constructor(private readonly endpoint: SubgraphEndpoint, path: string) {
    const url = new URL(path, endpoint.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#client = createClient({
      url: url.href, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0,
      keepAlive: PING_EVERY_MS, connectionAckWaitTimeout: PONG_WITHIN_MS,
      connectionParams: async () => ({ identity: await this.#sign({ requestId: newId(), caller: GATEWAY }, CONTENT_OF_CONNECTION) }),
      on: {
        opened: (socket) => { this.#socket = socket as WebSocket; },
        closed: () => clearTimeout(this.#pongTimer),
        ping: (isReceived) => { if (!isReceived) this.#expectPong(); },
        pong: (isReceived) => { if (isReceived) clearTimeout(this.#pongTimer); },
      },
    });
  }

  async subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>> {
    const identity = await this.#sign(scope, contentOfSubscription(query, variables));
    const state = { leave: () => {} };
    const events = new PushedEvents<ExecutionResult>(MAX_WAITING_EVENTS, () => state.leave());
    state.leave = this.#client.subscribe({ query, variables, extensions: { identity } }, {
      next: (result) => events.push(result as ExecutionResult),
      error: (reason) => {
        events.push({ errors: this.#errorsOf(reason) });
        events.end();
      },
      complete: () => events.end(),
    });
    return events;
  }

  async close(): Promise<void> {
    clearTimeout(this.#pongTimer);
    await this.#client.dispose();
    this.#socket?.terminate();
  }

  /** A peer that vanished without a word is found by its silence. */
  #expectPong(): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = setTimeout(() => this.#socket?.terminate(), PONG_WITHIN_MS).unref();
  }

  #sign(scope: RequestScope, content: string): Promise<string> {
    return this.endpoint.signer.sign({ scope, audience: this.endpoint.name, content });
  }

  /** The subgraph's refusal is a list of errors; anything else is a socket that failed. */
  #errorsOf(reason: unknown): GraphQLError[] {
    if (Array.isArray(reason)) {
      return (reason as GraphQLFormattedError[]).map(({ message, extensions }) => new GraphQLError(message, { extensions }));
    }
    const originalError = this.endpoint.unavailable('its subscription socket was closed.', reason);
    return [new GraphQLError(originalError.message, { originalError })];
  }
}
