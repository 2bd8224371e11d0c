import type { Caller } from '../../platform/caller';
import { CONTENT_OF_CONNECTION, contentOfSubscription } from '../../platform/subgraph/identity-token';
import { newId } from '../../platform/uuid';
import { HttpClient } from './http-client';
import { LinkGuard, type LinkLimits } from './link/link-guard';
import { GRAPHQL_PATH, type SubgraphEndpoint } from './subgraph-endpoint';
import { SubscriptionSocket } from './subscription-socket';
import type { SubscriptionTransport } from './subscription-transport';

/** Opens the socket; it may ask for nothing itself. */
const GATEWAY: Caller = { principalId: '00000000-0000-7000-8000-000000000000', name: 'gateway', isOperator: false, roles: {} };

/** A subgraph of ours that starts again is asked again within this. */
const REST_MS = 1_000;
const LIMITS: LinkLimits = { timeoutMs: 30_000, retries: 1, concurrency: 64, breaker: { failures: 32, restMs: REST_MS } };
const MESSAGE_MAX_BYTES = 64 * 1024 * 1024;

/** A subgraph of ours in another process, which believes the gateway's signature. */
export function signedClient(endpoint: SubgraphEndpoint, overrides: { subscriptions?: SubscriptionTransport; limits?: Partial<LinkLimits> } = {}): HttpClient {
  const guard = new LinkGuard(endpoint.name, { ...LIMITS, ...overrides.limits });
  return new HttpClient({ endpoint, guard, subscriptions: overrides.subscriptions ?? signedSocket(endpoint) });
}

function signedSocket(endpoint: SubgraphEndpoint): SubscriptionSocket {
  const { signer, name: audience } = endpoint;
  const url = new URL(GRAPHQL_PATH, endpoint.url);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new SubscriptionSocket({
    url: url.href, maxMessageBytes: MESSAGE_MAX_BYTES,
    connectionParams: async () => ({
      identity: await signer.sign({ scope: { requestId: newId(), caller: GATEWAY }, audience, content: CONTENT_OF_CONNECTION }),
    }),
    extensionsOf: async (query, variables, scope) => ({
      identity: await signer.sign({ scope, audience, content: contentOfSubscription(query, variables) }),
    }),
    unavailable: (reason, cause) => endpoint.unavailable(reason, cause),
  });
}
