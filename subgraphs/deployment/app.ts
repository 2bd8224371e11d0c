import { migrations } from '../../migrations';
import type { Environment } from '../../platform/env';
import { openFoundation } from '../../platform/foundation';
import type { Log } from '../../platform/log';
import type { ShutdownStack } from '../../platform/shutdown';
import { readGatewayPublicKey } from '../../platform/subgraph/gateway-key';
import { IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph } from '../../platform/subgraph/server';
import { AuditLog, identityEntities, NamespaceDirectory } from '../identity';
import { JobBacklog } from '../inference';
import { ModelDirectory, modelRegistryEntities, VersionDirectory } from '../model-registry';
import { createDeploymentSubgraph, deploymentEntities, Reconciler } from '.';

interface DeploymentAppSettings {
  environment: Environment;
  log: Log;
  stack: ShutdownStack;
}

/** The deployment subgraph in a process of its own, with the control loop; of several such processes one at a time makes a pass. */
export async function startDeployment({ environment, log, stack }: DeploymentAppSettings): Promise<{ url: string }> {
  const entities = [...identityEntities, ...modelRegistryEntities, ...deploymentEntities];
  const { database, bus } = await openFoundation({ environment, entities, migrations, log, stack, processName: 'deployment' });

  const versions = new VersionDirectory(database, new ModelDirectory(database));
  const subgraph = createDeploymentSubgraph({ database, bus, audit: new AuditLog(), namespaces: new NamespaceDirectory(database), versions });

  const reconciler = new Reconciler({ database, bus, log, backlog: new JobBacklog(database) });
  stack.push('reconciler', () => reconciler.stop());
  await reconciler.start();

  const verifier = new IdentityVerifier('deployment', () => readGatewayPublicKey(environment.data.dir));
  const server = await serveSubgraph({ subgraph, host: environment.http.host, port: environment.http.port, verifier, log });
  stack.push('subgraph server', () => server.close());
  return { url: server.url };
}
