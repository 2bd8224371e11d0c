import type { IdentitySigner } from '../../../platform/subgraph/identity-token';
import { HttpClient } from '../http-client';
import { LinkGuard } from '../link/link-guard';
import { SubscriptionEvents } from '../subscription-events';
import type { SubscriptionTransport } from '../subscription-transport';
import { ForeignCredentials } from './foreign.credentials';
import { ForeignEndpoint } from './foreign.endpoint';
import type { ForeignSettings } from './foreign.settings';
import { ForeignSockets } from './foreign.sockets';

/** Of a socket, twice: until it is open and until it is acknowledged. */
const OPEN_WITHIN_MS = 5_000;

/** A subgraph of other people: queries and mutations by POST to its URL, subscriptions over graphql-ws or Server-Sent Events. */
export function foreignClient(url: URL, settings: ForeignSettings, signer: IdentitySigner | null): HttpClient {
  const credentials = new ForeignCredentials(settings, signer);
  const endpoint = new ForeignEndpoint(url, settings, credentials);
  const guard = new LinkGuard(settings.name, settings);
  return new HttpClient({ endpoint, guard, subscriptions: transportOf(url, settings, { credentials, endpoint }) });
}

function transportOf(
  url: URL, { subscriptions, eventMaxBytes, timeoutMs }: ForeignSettings, { credentials, endpoint }: { credentials: ForeignCredentials; endpoint: ForeignEndpoint },
): SubscriptionTransport {
  const unavailable = endpoint.unavailable.bind(endpoint);
  switch (subscriptions.protocol) {
    case 'graphql-ws':
      return new ForeignSockets({
        url: subscriptions.url ?? socketUrl(url), maxMessageBytes: eventMaxBytes, openWithinMs: Math.min(timeoutMs, OPEN_WITHIN_MS),
        credentials, unavailable,
      });
    case 'sse': {
      const headers = credentials.headersFor.bind(credentials);
      return new SubscriptionEvents({ url: subscriptions.url ?? url.href, headers, timeoutMs, maxEventBytes: eventMaxBytes, unavailable });
    }
    default: return subscriptions satisfies never;
  }
}

function socketUrl(url: URL): string {
  const socket = new URL(url);
  socket.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return socket.href;
}
