import { Pool } from 'undici';
import type { RequestScope } from '../../../platform/caller';
import { messageOf } from '../../../platform/errors';
import { isTransientFault } from '../link/connection-fault';
import type { GraphQLEndpoint } from '../link/graphql-endpoint';
import { LinkFailure } from '../link/link-failure';
import { post } from '../link/post';
import { anonymousScope } from './anonymous-scope';
import type { ForeignCredentials } from './foreign.credentials';
import type { ForeignSettings } from './foreign.settings';

const CONNECT_TIMEOUT_MS = 5_000;
/** Below what servers commonly keep, so that few connections are closed under a request. */
const KEEP_ALIVE_MS = 4_000;
/** What every GraphQL server answers, and the least that it can be asked. */
const ANYTHING = JSON.stringify({ query: '{ __typename }' });
const CHECK_TIMEOUT_MS = 1_500;
/** Many may ask about readiness; other people's servers are asked this seldom. */
const CHECK_KEPT_MS = 5_000;

/** Kept-alive connections to a subgraph of other people. A redirect is no answer: it would carry headers to who knows where. */
export class ForeignEndpoint implements GraphQLEndpoint {
  readonly name: string;
  readonly #path: string;
  readonly #pool: Pool;
  #checked: { atMs: number; answer: Promise<string | null> } | null = null;

  constructor(
    url: URL, { name, concurrency, timeoutMs, answerMaxBytes }: ForeignSettings, private readonly credentials: ForeignCredentials,
  ) {
    this.name = name;
    this.#path = `${url.pathname}${url.search}`;
    this.#pool = new Pool(url.origin, {
      connections: concurrency, connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }, keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: answerMaxBytes,
    });
  }

  async ask(body: string, { scope, signal }: { scope: RequestScope; signal?: AbortSignal }): Promise<{ status: number; text: string }> {
    const headers = {
      ...await this.credentials.headersFor(scope, body),
      'content-type': 'application/json', accept: 'application/graphql-response+json, application/json;q=0.9',
    };
    try {
      return await post(this.#pool, { path: this.#path, headers, body, signal });
    } catch (error) {
      throw new LinkFailure(this.name, messageOf(error), { cause: error, isTransient: isTransientFault(error) });
    }
  }

  unavailable(reason: string, cause?: unknown): LinkFailure {
    return new LinkFailure(this.name, reason, { cause });
  }

  /** Whatever it answers without a proxy's or its own failure, it is there: what it shows nobody in particular is its own matter. */
  check(): Promise<string | null> {
    const nowMs = Date.now();
    if (!this.#checked || nowMs - this.#checked.atMs > CHECK_KEPT_MS) this.#checked = { atMs: nowMs, answer: this.#askAnything() };
    return this.#checked.answer;
  }

  async #askAnything(): Promise<string | null> {
    try {
      const { status } = await this.ask(ANYTHING, { scope: anonymousScope(), signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
      return status < 500 ? null : `it answers ${status}.`;
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
