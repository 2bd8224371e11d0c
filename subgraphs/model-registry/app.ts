import type { SubgraphProgram } from '../../platform/subgraph/program';
import { probeModel } from '../../workers/runtime/probe';
import { AuditLog, identityEntities, NamespaceDirectory } from '../identity';
import { createModelRegistrySubgraph, modelRegistryEntities, openArtifactStore, RegistrySweeper, VersionInspector } from '.';

/** Which models there are, and their bytes, with inspection; of several such processes one inspects at a time. */
export const modelRegistryProgram: SubgraphProgram = {
  name: 'model-registry',
  entities: [...identityEntities, ...modelRegistryEntities],
  start({ database, bus, log, stack, publicUrl, environment }) {
    const artifacts = openArtifactStore(environment);
    const inspector = new VersionInspector({ database, bus, log, artifacts, probe: probeModel });
    stack.push('version inspector', () => inspector.stop());
    inspector.start();
    const sweeper = new RegistrySweeper({ database, artifacts, log });
    stack.push('registry sweeper', () => sweeper.stop());
    sweeper.start();
    return createModelRegistrySubgraph({
      database, bus, artifacts, inspector, audit: new AuditLog(), namespaces: new NamespaceDirectory(database),
      settings: { publicUrl, maxBytes: environment.model.maxBytes, ttlMs: environment.model.uploadTtlMs },
    });
  },
};
