import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../../platform/caller';
import { anonymousScope } from './anonymous-scope';
import type { LinkFailure } from '../link/link-failure';
import type { Variables } from '../subgraph-client';
import { SubscriptionSocket } from '../subscription-socket';
import type { SubscriptionTransport } from '../subscription-transport';
import type { ForeignCredentials } from './foreign.credentials';

export interface ForeignSocketsOptions {
  url: string;
  maxMessageBytes: number;
  openWithinMs: number;
  credentials: ForeignCredentials;
  unavailable(reason: string, cause?: unknown): LinkFailure;
}

/** Subscriptions over graphql-ws. Headers belong to a whole socket, so callers whose forwarded headers differ never share one. */
export class ForeignSockets implements SubscriptionTransport {
  readonly #byHeaders = new Map<string, SubscriptionSocket>();

  constructor(private readonly options: ForeignSocketsOptions) {}

  subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>> {
    const { 'x-request-id': _, ...headers } = this.options.credentials.headersOf(scope);
    return this.#socketFor(headers).subscribe(query, variables, scope);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byHeaders.values()].map((socket) => socket.close()));
  }

  #socketFor(headers: Record<string, string>): SubscriptionSocket {
    const key = JSON.stringify(headers);
    const known = this.#byHeaders.get(key);
    if (known) return known;
    const { credentials, ...upstream } = this.options;
    const socket = new SubscriptionSocket({
      ...upstream, headers,
      connectionParams: () => credentials.connectionParams(anonymousScope()),
      extensionsOf: (query, variables, scope) => credentials.extensionsOf(query, variables, scope),
      onClosed: () => { if (this.#byHeaders.get(key) === socket) this.#byHeaders.delete(key); },
    });
    this.#byHeaders.set(key, socket);
    return socket;
  }
}
