import { isLoopback } from '../../gateway/identity/loopback';
import { migrations } from '../../migrations';
import type { Environment } from '../../platform/env';
import { openFoundation } from '../../platform/foundation';
import type { Log } from '../../platform/log';
import type { ShutdownStack } from '../../platform/shutdown';
import { readGatewayPublicKey } from '../../platform/subgraph/gateway-key';
import { IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph } from '../../platform/subgraph/server';
import { ApiKeyService, AuditLog, authenticationRoute, createIdentitySubgraph, ensureBootstrap, identityEntities, NamespaceDirectory } from '.';

interface IdentityAppSettings {
  environment: Environment;
  log: Log;
  stack: ShutdownStack;
}

export interface StartedIdentity {
  url: string;
  /** The operator's key when it was made just now: to be printed, this once. */
  bootstrapSecret: string | null;
}

/** The identity subgraph in a process of its own; it also tells the gateway who holds an API key. */
export async function startIdentity({ environment, log, stack }: IdentityAppSettings): Promise<StartedIdentity> {
  const { http, data } = environment;
  const { database } = await openFoundation({ environment, entities: identityEntities, migrations, log, stack, processName: 'identity' });
  const bootstrapSecret = await ensureBootstrap({ database, bootstrapApiKey: http.bootstrapApiKey, isLoopback: isLoopback(http.host) });
  const keys = new ApiKeyService(database, new NamespaceDirectory(database), new AuditLog());
  const verifier = new IdentityVerifier('identity', () => readGatewayPublicKey(data.dir));
  const subgraph = createIdentitySubgraph({ database });
  const server = await serveSubgraph({
    subgraph, host: http.host, port: http.port, verifier, log, extraRoutes: [authenticationRoute(keys)],
  });
  stack.push('subgraph server', () => server.close());
  return { url: server.url, bootstrapSecret };
}
