import type { Database } from '../../../platform/database/database';

export interface ModelVersionChoice {
  modelId: string;
  number: number | null;
  alias: string | null;
}

/**
 * The id of each chosen version, in order; null where there is none. With neither number nor alias the newest READY one is meant,
 * with both the version must fit both. One statement, however many models are asked.
 */
export async function findChosenVersions(database: Database, choices: readonly ModelVersionChoice[]): Promise<(string | null)[]> {
  const rows = await database.query<{ position: number; id: string }>({
    name: 'registry-find-chosen-versions',
    text: `select c.position::int, v.id
           from unnest($1::uuid[], $2::int[], $3::text[]) with ordinality as c (model_id, number, alias, position)
           cross join lateral (
             select v.id from model_version v
             where v.model_id = c.model_id
               and (c.number is null or v.number = c.number)
               and (c.alias is null or exists (select 1 from model_alias a where a.model_id = c.model_id and a.name = c.alias and a.version_id = v.id))
               and (c.number is not null or c.alias is not null or v.state = 'READY')
             order by v.number desc limit 1) v`,
    values: [choices.map(({ modelId }) => modelId), choices.map(({ number }) => number), choices.map(({ alias }) => alias)],
  });
  const byPosition = new Map(rows.map(({ position, id }) => [position, id]));
  return choices.map((_choice, index) => byPosition.get(index + 1) ?? null);
}
