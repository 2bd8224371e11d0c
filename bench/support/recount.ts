import pg from 'pg';

export interface Recount {
  accepted: number;
  finished: number;
  lost: number;
  duplicated: number;
}

/** What the database says of the jobs that the client's ledger holds. */
export async function recount(databaseUrl: string, accepted: ReadonlyMap<string, string | null>): Promise<Recount & { byStatus: Record<string, number>; maxAttempts: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const ids = [...accepted.keys()];
    const { rows } = await client.query<{ status: string; finished: boolean; jobs: number; duplicated: number; attempts: number }>(
      `with counted as (
         select j.id, j.status, j.status in ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED') as finished,
           j.finished_count > j.item_count
             or (select count(*) from job_event e where e.job_id = j.id and e.kind in ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')) > 1 as is_duplicated,
           (select max(c.attempt) from job_chunk c where c.job_id = j.id) as attempts
         from job j where j.id = any($1::uuid[])
       )
       select status, finished, count(*)::int as jobs, count(*) filter (where is_duplicated)::int as duplicated, max(attempts)::int as attempts
       from counted group by status, finished`, [ids]);
    const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
    const finished = sum((row) => (row.finished ? row.jobs : 0));
    return {
      accepted: ids.length, finished, lost: ids.length - finished, duplicated: sum((row) => row.duplicated),
      byStatus: Object.fromEntries(rows.map((row) => [row.status, row.jobs])), maxAttempts: Math.max(0, ...rows.map((row) => row.attempts)),
    };
  } finally {
    await client.end();
  }
}
