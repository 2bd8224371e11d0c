import DataLoader from 'dataloader';
import { In, type EntityTarget } from 'typeorm';
import { roleIn, type Caller, type RequestScope } from '../../platform/caller';
import { childPageLoader, type ChildPageLoader } from '../../platform/database/child-pages';
import type { Database } from '../../platform/database/database';
import { parseFullName } from '../../platform/name';
import type { Page, PageCursor } from '../../platform/paging';
import type { SubgraphContext } from '../../platform/subgraph/subgraph';
import { isId } from '../../platform/uuid';
import { newestProfiles, type NewestProfile } from './batch-profile.store';
import { Deployment } from './deployment';
import { DeploymentEvent } from './deployment-event';
import type { DeploymentWatcher } from './deployment.watcher';
import { servedLoader, type ServedLoader } from './deployment.pages';
import { Release } from './release';
import { Replica } from './replica';
import { replicasByDeployment } from './replica.store';
import { Revision } from './revision';
import { Worker } from './worker';

export interface DeploymentLoaders {
  /** Deleted ones as well: jobs of old name them. Null where the caller has no role, as in every loader of a node. */
  deploymentById: DataLoader<string, Deployment | null>;
  deploymentByFullName: DataLoader<string, Deployment | null>;
  revisionById: DataLoader<string, Revision | null>;
  /** Reached through its revision alone, which was checked. */
  profileByRevision: DataLoader<string, NewestProfile | null>;
  /** Reached through its deployment alone, which was checked. */
  releaseById: DataLoader<string, Release | null>;
  workerById: DataLoader<string, Worker | null>;
  replicasByDeployment: DataLoader<string, Replica[]>;
  revisionsByDeployment: ChildPageLoader<Revision>;
  releasesByDeployment: ChildPageLoader<Release>;
  eventsByDeployment: ChildPageLoader<DeploymentEvent>;
  deploymentsByModel: ServedLoader;
  deploymentsByModelVersion: ServedLoader;
}

export interface DeploymentContext extends SubgraphContext {
  readonly loaders: DeploymentLoaders;
  /** Subscriptions find their stream here: type-graphql hands them no resolver instance. */
  readonly watcher: DeploymentWatcher;
}

/** Fresh per operation and per subscription event: nothing read for one caller serves another. */
export function deploymentLoaders(database: Database, { caller }: RequestScope): DeploymentLoaders {
  const maySee = (namespace: string) => roleIn(caller, namespace) !== null;
  return {
    deploymentById: byId(database, Deployment, ({ namespaceName }) => maySee(namespaceName)),
    deploymentByFullName: new DataLoader((names) => deploymentsByFullName(database, caller, names)),
    revisionById: byId(database, Revision, ({ namespace }) => maySee(namespace)),
    profileByRevision: new DataLoader((ids) => newestProfiles(database, ids)),
    releaseById: byId(database, Release, () => true),
    workerById: byId(database, Worker, () => caller.isOperator),
    replicasByDeployment: new DataLoader((ids) => replicasByDeployment(database, ids)),
    revisionsByDeployment: childPageLoader(database, Revision, 'deploymentId'),
    releasesByDeployment: childPageLoader(database, Release, 'deploymentId'),
    eventsByDeployment: childPageLoader(database, DeploymentEvent, 'deploymentId'),
    deploymentsByModel: servedLoader(database, caller, 'model'),
    deploymentsByModelVersion: servedLoader(database, caller, 'modelVersion'),
  };
}

/** Page loaders know ids and order; the nodes come whole from their own loader, in one statement for all pages. */
export async function withNodes<Node extends PageCursor>(
  page: Promise<Page<PageCursor>>, nodes: DataLoader<string, Node | null>,
): Promise<Page<Node>> {
  const { edges, pageInfo } = await page;
  const loaded = await Promise.all(edges.map(({ node }) => nodes.load(node.id)));
  return { pageInfo, edges: edges.flatMap(({ cursor }, index) => (loaded[index] ? [{ cursor, node: loaded[index] }] : [])) };
}

function byId<Row extends { id: string }>(
  database: Database, target: EntityTarget<Row>, maySee: (row: Row) => boolean,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const known = ids.filter(isId);
    const repository = database.source.getRepository<{ id: string }>(target as EntityTarget<{ id: string }>);
    const rows = known.length > 0 ? await repository.findBy({ id: In(known) }) as Row[] : [];
    const visible = new Map(rows.filter(maySee).map((row) => [row.id, row]));
    return ids.map((id) => visible.get(id.toLowerCase()) ?? null);
  });
}

async function deploymentsByFullName(database: Database, caller: Caller, fullNames: readonly string[]): Promise<(Deployment | null)[]> {
  const parsed = fullNames.map((fullName) => parseFullName(fullName));
  const wanted = parsed.filter((name) => name !== null).filter(({ namespace }) => roleIn(caller, namespace) !== null);
  const rows = wanted.length === 0 ? [] : await database.source.getRepository(Deployment).createQueryBuilder('deployment')
    .where('deployment.deletedAt is null')
    .andWhere('(deployment.namespaceName, deployment.name) in (select * from unnest(:namespaces::text[], :names::text[]))', {
      namespaces: wanted.map(({ namespace }) => namespace), names: wanted.map(({ name }) => name),
    })
    .getMany();
  const byName = new Map(rows.map((row) => [row.fullName, row]));
  return parsed.map((name) => (name ? byName.get(`${name.namespace}/${name.name}`) ?? null : null));
}
