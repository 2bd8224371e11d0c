import path from 'node:path';
import type { SubgraphProgram } from '../../platform/subgraph/program';
import { probeModel } from '../../workers/runtime/probe';
import { AuditLog, identityEntities, NamespaceDirectory } from '../identity';
import {
  createModelRegistrySubgraph, hooksOf, modelRegistryEntities, openArtifactStore, RegistrySweeper, Repositories, VersionCommitter, VersionInspector, writeHooks,
} from '.';

/** Longer than most inspections, shorter than what proxies allow a request. */
const PUSH_WAIT_MS = 90_000;
/** Less than a gateway in another process waits for an answer to begin. */
const TURN_WAIT_MS = 20_000;

/** Which models there are, and their bytes, with inspection; of several such processes one inspects at a time. */
export const modelRegistryProgram: SubgraphProgram = {
  name: 'model-registry',
  entities: [...identityEntities, ...modelRegistryEntities],
  async start({ database, bus, log, stack, publicUrl, environment }) {
    const artifacts = openArtifactStore(environment);
    const inspector = new VersionInspector({ database, bus, log, artifacts, probe: probeModel });
    stack.push('version inspector', () => inspector.stop());
    inspector.start();
    const audit = new AuditLog();
    const settings = {
      publicUrl, maxBytes: environment.model.maxBytes, ttlMs: environment.model.uploadTtlMs, pushMaxBytes: environment.model.pushMaxBytes, pushWaitMs: PUSH_WAIT_MS,
      exchanges: { ...environment.model.exchanges, waitMs: TURN_WAIT_MS }, folder: path.join(environment.data.dir, 'repositories'),
    };
    await writeHooks(hooksOf(settings));
    const repositories = new Repositories(settings.folder);
    const committer = new VersionCommitter({ database, audit, repositories, log });
    const sweeper = new RegistrySweeper({ database, artifacts, repositories, log });
    stack.push('registry sweeper', () => sweeper.stop());
    sweeper.start();
    return createModelRegistrySubgraph({
      database, bus, artifacts, repositories, committer, inspector, audit, log, namespaces: new NamespaceDirectory(database), settings,
    });
  },
};
