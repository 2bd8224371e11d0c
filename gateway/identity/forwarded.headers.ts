import type { IncomingHttpHeaders } from 'node:http';
import type { RequestScope } from '../../platform/caller';

/** A header is a line, not a document. */
const MAX_LENGTH = 8_192;

/** Takes those headers of a client that some subgraph's settings name into the scope of its request; no other ever gets past the doors. */
export class ForwardedHeaders {
  #names: readonly string[] = [];

  /** From now on these and no others, in one order for all requests: shared streams are told apart by them. */
  allow(names: Iterable<string>): void {
    this.#names = [...new Set(names)].sort();
  }

  /** `params` are a socket's connectionParams: browsers set no headers on sockets, so those of the same name count first. */
  into(scope: RequestScope, headers: IncomingHttpHeaders, params: Readonly<Record<string, unknown>> = {}): RequestScope {
    if (this.#names.length === 0) return scope;
    const forwarded: Record<string, string> = {};
    for (const name of this.#names) {
      const value = Object.hasOwn(params, name) ? params[name] : headers[name];
      if (typeof value === 'string' && isLine(value)) forwarded[name] = value;
    }
    return { ...scope, forwarded };
  }
}

/** What a header may hold (RFC 9110 §5.5); a connectionParam could hold anything, and must not write headers of its own. */
function isLine(value: string): boolean {
  return value.length <= MAX_LENGTH && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
