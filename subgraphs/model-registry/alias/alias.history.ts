import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';

/** A moment of an alias. */
export interface AliasMoment {
  modelId: string;
  name: string;
  /** Null: now. */
  at: Date | null;
}

/** How long an alias named one version. */
export interface AliasPeriodRow {
  versionId: string;
  since: Date;
  until: Date | null;
  createdById: string;
}

/** The period that each moment lies in, in order; null where the alias named nothing then. One statement, however many are asked. */
export async function findPeriods(database: Database, moments: readonly AliasMoment[]): Promise<(AliasPeriodRow | null)[]> {
  const rows = await database.query<AliasPeriodRow & { position: number }>({
    name: 'registry-alias-periods',
    text: `select m.position::int, c.version_id as "versionId", c.created_at as since, c.created_by as "createdById",
             (select n.created_at from alias_change n where n.alias_id = c.alias_id and (n.created_at, n.id) > (c.created_at, c.id)
              order by n.created_at, n.id limit 1) as until
           from unnest($1::uuid[], $2::text[], $3::timestamptz[]) with ordinality as m (model_id, name, at, position)
           join model_alias a on a.model_id = m.model_id and a.name = m.name
           cross join lateral (
             select * from alias_change c where c.alias_id = a.id and c.created_at <= coalesce(m.at, 'infinity')
             order by c.created_at desc, c.id desc limit 1) c
           where c.version_id is not null`,
    values: [moments.map(({ modelId }) => modelId), moments.map(({ name }) => name), moments.map(({ at }) => at)],
  });
  const byPosition = new Map(rows.map(({ position, ...period }) => [position, period]));
  return moments.map((_moment, index) => byPosition.get(index + 1) ?? null);
}

/** The version that a rollback brings back, and the move that it repeats. */
export interface EarlierMove {
  id: string;
  versionId: string;
}

/**
 * What a locked alias named before its present version. After a rollback the search goes on from the move that was brought back, so that one rollback
 * after the other walks back through the history instead of to and fro.
 */
export async function findEarlierMove(manager: EntityManager, aliasId: string): Promise<EarlierMove | null> {
  const [move]: EarlierMove[] = await manager.query(
    `with latest as (
       select version_id, coalesce(restores, id) as id from alias_change where alias_id = $1 order by created_at desc, id desc limit 1
     ), origin as (
       select c.id, c.created_at, latest.version_id from alias_change c join latest on latest.id = c.id
     )
     select coalesce(c.restores, c.id) as id, c.version_id as "versionId" from alias_change c, origin
     where c.alias_id = $1 and (c.created_at, c.id) < (origin.created_at, origin.id)
       and c.version_id is not null and c.version_id is distinct from origin.version_id
     order by c.created_at desc, c.id desc limit 1`,
    [aliasId],
  );
  return move ?? null;
}
