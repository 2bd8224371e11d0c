import path from 'node:path';
import { migrations } from '../../migrations';
import type { Environment } from '../../platform/env';
import { openFoundation } from '../../platform/foundation';
import type { Log } from '../../platform/log';
import type { ShutdownStack } from '../../platform/shutdown';
import { readGatewayPublicKey } from '../../platform/subgraph/gateway-key';
import { IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph } from '../../platform/subgraph/server';
import { probeModel } from '../../workers/runtime/probe';
import { AuditLog, identityEntities, NamespaceDirectory } from '../identity';
import { createModelRegistrySubgraph, FileArtifactStore, modelRegistryEntities, RegistrySweeper, VersionInspector } from '.';

interface ModelRegistryAppSettings {
  environment: Environment;
  log: Log;
  stack: ShutdownStack;
}

/** The gateway's own default: a subgraph that runs alone must be told where clients reach the gateway when it is elsewhere. */
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:4000';

/** The model-registry subgraph in a process of its own, with inspection; of several such processes one inspects at a time. */
export async function startModelRegistry({ environment, log, stack }: ModelRegistryAppSettings): Promise<{ url: string }> {
  const { data, http, model } = environment;
  const entities = [...identityEntities, ...modelRegistryEntities];
  const { database, bus } = await openFoundation({ environment, entities, migrations, log, stack, processName: 'model-registry' });
  const artifacts = new FileArtifactStore(path.join(data.dir, 'artifacts'));

  const inspector = new VersionInspector({ database, bus, log, artifacts, probe: probeModel });
  stack.push('inspector', () => inspector.stop());
  inspector.start();
  const sweeper = new RegistrySweeper({ database, artifacts, log });
  stack.push('registry sweeper', () => sweeper.stop());
  sweeper.start();

  const subgraph = createModelRegistrySubgraph({
    database, bus, artifacts, inspector, audit: new AuditLog(), namespaces: new NamespaceDirectory(database),
    settings: { publicUrl: http.publicUrl ?? DEFAULT_PUBLIC_URL, maxBytes: model.maxBytes, ttlMs: model.uploadTtlMs },
  });
  const verifier = new IdentityVerifier('model-registry', () => readGatewayPublicKey(data.dir));
  const server = await serveSubgraph({ subgraph, host: http.host, port: http.port, verifier, log });
  stack.push('subgraph server', () => server.close());
  return { url: server.url };
}
