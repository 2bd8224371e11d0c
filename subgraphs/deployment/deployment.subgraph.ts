import { BYTE_PREFIXES } from '../../platform/bytes/byte-prefixes';
import type { RequestScope } from '../../platform/caller';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { buildSubgraphSchema, containerOf, type EntityReference } from '../../platform/subgraph/build-schema';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { AuditLog, NamespaceDirectory } from '../identity';
import type { VersionDirectory } from '../model-registry';
import { deploymentLoaders, type DeploymentContext } from './deployment.loaders';
import { DeploymentReader } from './deployment.reader';
import { DeploymentResolver } from './deployment.resolver';
import { DeploymentService } from './deployment.service';
import { DeploymentSwitch } from './deployment.switch';
import { DeploymentSubscription } from './deployment.subscription';
import { DeploymentWatcher } from './deployment.watcher';
import { ModelResolver, ModelVersionResolver } from './model.resolver';
import { ModelStub, ModelVersionStub } from './neighbours';
import { ReleaseResolver } from './release.resolver';
import { ReleaseService } from './release.service';
import { ReplicaResolver } from './replica.resolver';
import { RevisionResolver } from './revision.resolver';
import { WorkerResolver } from './worker.resolver';
import { WorkerService } from './worker.service';

export interface DeploymentDependencies {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  namespaces: NamespaceDirectory;
  versions: VersionDirectory;
}

/** What should serve, and how it is doing: deployments, revisions, releases, replicas, workers. */
export function createDeploymentSubgraph(dependencies: DeploymentDependencies): Subgraph {
  const { database, bus } = dependencies;
  const releases = new ReleaseService(dependencies);
  const watcher = new DeploymentWatcher(database, bus);
  const { sdl, schema } = buildSubgraphSchema({
    resolvers: [
      DeploymentResolver, RevisionResolver, ReleaseResolver, ReplicaResolver, WorkerResolver, ModelResolver, ModelVersionResolver,
      DeploymentSubscription,
    ],
    container: containerOf([
      new DeploymentResolver(new DeploymentService(dependencies), new DeploymentSwitch(dependencies), new DeploymentReader(database)),
      new RevisionResolver(releases), new ReleaseResolver(releases),
      new ReplicaResolver(), new WorkerResolver(new WorkerService(dependencies)),
      new ModelResolver(), new ModelVersionResolver(), new DeploymentSubscription(),
    ]),
    references: {
      Deployment: loadDeployments,
      Revision: byId(({ revisionById }) => revisionById),
      Worker: byId(({ workerById }) => workerById),
      Model: stubsOf(ModelStub),
      ModelVersion: stubsOf(ModelVersionStub),
    },
  });
  const context = (scope: RequestScope): DeploymentContext => ({ ...scope, loaders: deploymentLoaders(database, scope), watcher });
  return { name: 'deployment', sdl, schema, context, bytePrefixes: BYTE_PREFIXES.deployment, bytes: null };
}

function loadDeployments(references: readonly EntityReference[], { loaders }: DeploymentContext) {
  return Promise.all(references.map(({ id, fullName }) =>
    (typeof id === 'string' ? loaders.deploymentById.load(id) : loaders.deploymentByFullName.load(String(fullName)))));
}

function byId(loaderOf: (loaders: DeploymentContext['loaders']) => { load(id: string): Promise<object | null> }) {
  return (references: readonly EntityReference[], { loaders }: DeploymentContext) =>
    Promise.all(references.map(({ id }) => loaderOf(loaders).load(String(id))));
}

/** Models and versions belong to the registry, which checked the caller; what hangs on them here is checked by itself. */
function stubsOf(Stub: new () => { id: string }) {
  return (references: readonly EntityReference[]): object[] => references.map(({ id }) => Object.assign(new Stub(), { id: String(id) }));
}
