import DataLoader from 'dataloader';
import { visibleNamespaces, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { groupBy } from '../../platform/collection/group-by';
import { encodeCursor, toPage, type Page, type PageCursor, type PageRequest } from '../../platform/paging';

export interface ServedKey {
  /** Id of the model, or of the version. */
  parent: string;
  request: PageRequest;
}

export type ServedLoader = DataLoader<ServedKey, Page<PageCursor>, string>;

/** What makes a deployment one of a model's, or of a version's: a version counts while it has the traffic or is about to get it. */
const CONDITIONS = {
  model: 'deployment.model_id = parent.key',
  modelVersion: `exists (select 1 from release join revision on revision.id = release.revision_id
    where release.id in (deployment.live_release_id, deployment.next_release_id) and revision.model_version_id = parent.key)
    and deployment.id in (select revision.deployment_id from revision where revision.model_version_id = parent.key)`,
} as const;

/** Pages of the deployments that serve a model or version, in the namespaces the caller may see: one statement for a list of parents. */
export function servedLoader(database: Database, caller: Caller, by: keyof typeof CONDITIONS): ServedLoader {
  return new DataLoader(
    async (keys) => {
      const groups = await Promise.all([...groupBy(keys, shapeOf).values()].map((group) => readGroup({ database, caller, by }, group)));
      const pages = new Map(groups.flatMap((group) => [...group]));
      return keys.map((key) => pages.get(keyOf(key))!);
    },
    { cacheKeyFn: keyOf },
  );
}

function shapeOf({ request: { limit, after } }: ServedKey): string {
  return `${limit} ${after ? encodeCursor(after) : ''}`;
}

function keyOf(key: ServedKey): string {
  return `${key.parent} ${shapeOf(key)}`;
}

type Scene = { database: Database; caller: Caller; by: keyof typeof CONDITIONS };

async function readGroup({ database, caller, by }: Scene, keys: readonly ServedKey[]): Promise<Map<string, Page<PageCursor>>> {
  const { limit, after } = keys[0]!.request;
  const rows = await database.query<PageCursor & { parent: string }>({
    text: `select parent.key as parent, page.id, page.created_at as "createdAt" from unnest($1::uuid[]) as parent (key) cross join lateral (
             select deployment.id, deployment.created_at from deployment
             where ${CONDITIONS[by]} and deployment.deleted_at is null and ($3::text[] is null or deployment.namespace = any($3))
               and ($4::timestamptz is null or (deployment.created_at, deployment.id) < ($4, $5::uuid))
             order by deployment.created_at desc, deployment.id desc limit $2) page`,
    values: [keys.map(({ parent }) => parent), limit + 1, visibleNamespaces(caller), after?.createdAt ?? null, after?.id ?? null],
  });
  const byParent = groupBy(rows, ({ parent }) => parent);
  return new Map(keys.map((key) => [keyOf(key), toPage<PageCursor>(byParent.get(key.parent) ?? [], limit)]));
}
