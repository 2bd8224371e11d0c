import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ByteRoute } from '../../platform/bytes/byte-route';
import type { SubgraphEndpoint } from './subgraph-endpoint';

/** What means something to the subgraph. The client's key and cookies, and what belongs to its own connection, stay at the gateway. */
const REQUEST_HEADERS = [
  'accept', 'content-type', 'content-length', 'content-encoding', 'content-range', 'range',
  'if-match', 'if-none-match', 'if-range', 'if-modified-since', 'digest', 'content-digest', 'repr-digest', 'user-agent',
  'inference-header-content-length', 'inference-timeout-ms', 'idempotency-key', 'last-event-id', 'git-protocol',
];
/** RFC 9110 §7.6.1: these end with their connection. */
const HOP_BY_HOP = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]);

/** Streams bytes to and from a subgraph in another process and holds none of them; one in process is called directly. */
export function remoteByteRoute(endpoint: SubgraphEndpoint): ByteRoute {
  return async ({ method, path, headers, body, scope, signal }) => {
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const answer = await endpoint.stream({
      method: method as Dispatcher.HttpMethod, path, headers: forwarded(headers), body: hasBody ? body : null, scope, signal,
    });
    return { status: answer.statusCode, headers: endToEnd(answer.headers), body: answer.body };
  };
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name of REQUEST_HEADERS) if (headers[name] !== undefined) kept[name] = headers[name];
  return kept;
}

function endToEnd(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return kept;
}
