import type { SubgraphProgram } from '../../platform/subgraph/program';
import { AuditLog, identityEntities, NamespaceDirectory } from '../identity';
import { JobBacklog } from '../inference';
import { ModelDirectory, modelRegistryEntities, VersionDirectory } from '../model-registry';
import { createDeploymentSubgraph, deploymentEntities, Reconciler } from '.';

/** What serves, with the control loop; of several such processes one at a time makes a pass. */
export const deploymentProgram: SubgraphProgram = {
  name: 'deployment',
  entities: [...identityEntities, ...modelRegistryEntities, ...deploymentEntities],
  async start({ database, bus, log, stack }) {
    const reconciler = new Reconciler({ database, bus, log, backlog: new JobBacklog(database) });
    stack.push('reconciler', () => reconciler.stop());
    await reconciler.start();
    const versions = new VersionDirectory(database, new ModelDirectory(database));
    return createDeploymentSubgraph({ database, bus, audit: new AuditLog(), namespaces: new NamespaceDirectory(database), versions });
  },
};
