import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import type { RequestScope } from '../../platform/caller';
import { messageOf } from '../../platform/errors';
import { formatTraceparent, TRACE_HEADER } from '../../platform/trace/traceparent';
import { contentOfBytes, IDENTITY_HEADER, type IdentitySigner } from '../../platform/subgraph/identity-token';
import { isTransientFault } from './link/connection-fault';
import type { GraphQLEndpoint } from './link/graphql-endpoint';
import { LinkFailure } from './link/link-failure';
import { post } from './link/post';

export interface SubgraphEndpointOptions {
  /** The subgraph's name, to which tokens are bound. */
  name: string;
  /** Such as `http://deployment:4000`. */
  url: string;
  signer: IdentitySigner;
  /** How long an answer may take to begin, and may pause. */
  timeoutMs?: number;
  /** The largest answer that is read; bytes that stream through know no limit here. */
  answerMaxBytes?: number;
}

export interface ByteCall {
  method: Dispatcher.HttpMethod;
  /** With query. */
  path: string;
  headers: Record<string, string | string[]>;
  body: Readable | null;
  scope: RequestScope;
  signal: AbortSignal;
}

const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 30_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
export const GRAPHQL_PATH = '/graphql';

/** Kept-alive connections to a subgraph in another process. Every request carries the caller in a token bound to what is sent. */
export class SubgraphEndpoint implements GraphQLEndpoint {
  readonly name: string;
  readonly url: URL;
  readonly signer: IdentitySigner;
  readonly #pool: Pool;
  /** Of their own, so that slow uploads do not keep the connections from requests. */
  readonly #bytePool: Pool;

  constructor({ name, url, signer, timeoutMs = ANSWER_TIMEOUT_MS, answerMaxBytes = ANSWER_MAX_BYTES }: SubgraphEndpointOptions) {
    this.name = name;
    this.url = new URL(url);
    this.signer = signer;
    const limits = { connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    this.#pool = new Pool(this.url.origin, { ...limits, maxResponseSize: answerMaxBytes });
    this.#bytePool = new Pool(this.url.origin, limits);
  }

  async ask(body: string, call: { scope: RequestScope; signal?: AbortSignal }): Promise<{ status: number; text: string }> {
    const answer = await this.post(GRAPHQL_PATH, body, call);
    // The subgraph refuses the gateway itself here, not the caller, who has shown a valid key.
    if (answer.status === 401) throw this.unavailable('it does not believe this gateway; both must share one gateway key.');
    return answer;
  }

  /** @throws SUBGRAPH_UNAVAILABLE when there is no answer */
  async post(
    path: string, body: string, { scope, signal }: { scope: RequestScope; signal?: AbortSignal },
  ): Promise<{ status: number; text: string }> {
    const token = await this.signer.sign({ scope, audience: this.name, content: body });
    const headers = { 'content-type': 'application/json', [IDENTITY_HEADER]: token, ...traceHeader(scope) };
    try {
      return await post(this.#pool, { path, headers, body, signal });
    } catch (error) {
      throw new LinkFailure(this.name, messageOf(error), { cause: error, isTransient: isTransientFault(error) });
    }
  }

  /**
   * Streams a request and its answer.
   * @throws SUBGRAPH_UNAVAILABLE when there is no answer
   */
  async stream({ method, path, headers, body, scope, signal }: ByteCall): Promise<Dispatcher.ResponseData> {
    const token = await this.signer.sign({ scope, audience: this.name, content: contentOfBytes(method, path) });
    try {
      return await this.#bytePool.request({ method, path, headers: { ...headers, [IDENTITY_HEADER]: token, ...traceHeader(scope) }, body, signal });
    } catch (error) {
      throw this.unavailable(messageOf(error), error);
    }
  }

  /** Null, or why the subgraph says it cannot answer. */
  async check(): Promise<string | null> {
    try {
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/readyz', headersTimeout: CONNECT_TIMEOUT_MS });
      const text = await body.text();
      return statusCode === 200 ? null : `/readyz answers ${statusCode}: ${text.slice(0, 200)}`;
    } catch (error) {
      return messageOf(error);
    }
  }

  unavailable(reason: string, cause?: unknown): LinkFailure {
    return new LinkFailure(this.name, reason, { cause });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#bytePool.destroy()]);
  }
}

function traceHeader({ trace }: RequestScope): Record<string, string> {
  return trace ? { [TRACE_HEADER]: formatTraceparent(trace) } : {};
}
