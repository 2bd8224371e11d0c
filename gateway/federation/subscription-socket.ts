import { once } from 'node:events';
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { RequestScope } from '../../platform/caller';
import type { PlatformError } from '../../platform/errors';
import { checkedResult } from './link/read-result';
import { PushedEvents } from './pushed-events';
import type { Variables } from './subgraph-client';
import type { SubscriptionTransport } from './subscription-transport';

const MAX_WAITING_EVENTS = 1_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const OPEN_WITHIN_MS = 5_000;
const CLOSE_WITHIN_MS = 500;

export interface SocketUpstream {
  /** Such as `wss://prices.example/graphql`. */
  url: string;
  /** Of the request that opens the socket. */
  headers?: Readonly<Record<string, string>>;
  /** The largest message that is read. */
  maxMessageBytes: number;
  /** How long the socket may take to open, and again to be acknowledged. */
  openWithinMs?: number;
  connectionParams?(): Promise<Record<string, unknown>>;
  /** What each subscription carries beside its query and variables. */
  extensionsOf?(query: string, variables: Variables | undefined, scope: RequestScope): Promise<Record<string, unknown>>;
  unavailable(reason: string, cause?: unknown): PlatformError;
  /** The socket was closed behind its last subscription, or broke. */
  onClosed?(): void;
}

/**
 * All subscriptions to one subgraph over one WebSocket, opened by the first and closed behind the last. It never reconnects by
 * itself: events of the gap would be lost unseen, so each stream ends with SUBGRAPH_UNAVAILABLE and its client subscribes again.
 */
export class SubscriptionSocket implements SubscriptionTransport {
  readonly #client: Client;
  #socket: WebSocket | null = null;
  #pongTimer: NodeJS.Timeout | undefined;

  constructor(private readonly upstream: SocketUpstream) {
    const { url, headers, maxMessageBytes: maxPayload, openWithinMs = OPEN_WITHIN_MS, connectionParams } = upstream;
    // graphql-ws gives the address and the protocol alone.
    class Socket extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers, maxPayload, handshakeTimeout: openWithinMs, perMessageDeflate: false });
      }

      /** Who has broken the protocol may well not answer the closing either, and the streams would wait for that. */
      override close(code?: number, reason?: string | Buffer): void {
        super.close(code, reason);
        const late = setTimeout(() => this.terminate(), CLOSE_WITHIN_MS).unref();
        this.once('close', () => clearTimeout(late));
      }
    }
    this.#client = createClient({
      url, webSocketImpl: Socket, lazy: true, retryAttempts: 0,
      keepAlive: PING_EVERY_MS, connectionAckWaitTimeout: openWithinMs, connectionParams,
      on: {
        opened: (socket) => { this.#socket = socket as WebSocket; },
        closed: () => { clearTimeout(this.#pongTimer); upstream.onClosed?.(); },
        ping: (isReceived) => { if (!isReceived) this.#expectPong(); },
        pong: (isReceived) => { if (isReceived) clearTimeout(this.#pongTimer); },
      },
    });
  }

  async subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>> {
    const extensions = await this.upstream.extensionsOf?.(query, variables, scope);
    await this.#closed();
    const state = { leave: () => {} };
    const events = new PushedEvents<ExecutionResult>(MAX_WAITING_EVENTS, () => state.leave());
    state.leave = this.#client.subscribe({ query, variables, extensions }, {
      next: (result) => events.push(checkedResult(result) ?? { errors: [this.#failure('it sends something that is no GraphQL result.')] }),
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

  /** What joined a socket in its closing would end with it; behind it the client opens a new one. */
  async #closed(): Promise<void> {
    if (this.#socket?.readyState === WebSocket.CLOSING) await once(this.#socket, 'close');
  }

  /** A peer that vanished without a word is found by its silence. */
  #expectPong(): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = setTimeout(() => this.#socket?.terminate(), PONG_WITHIN_MS).unref();
  }

  /** The subgraph's refusal is a list of errors; anything else is a socket that failed. */
  #errorsOf(reason: unknown): GraphQLError[] {
    if (Array.isArray(reason)) {
      return (reason as GraphQLFormattedError[]).map(({ message, extensions }) => new GraphQLError(message, { extensions }));
    }
    return [this.#failure('its subscription socket was closed.', reason)];
  }

  #failure(reason: string, cause?: unknown): GraphQLError {
    const originalError = this.upstream.unavailable(reason, cause);
    return new GraphQLError(originalError.message, { originalError });
  }
}
