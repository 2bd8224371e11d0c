import pg from 'pg';

export interface Recount {
  accepted: number;
  finished: number;
  /** Accepted by the platform's own answer, and not final or not there at all. */
  lost: number;
  /** Jobs whose items did not finish exactly once each, or that were made for no submit of the client. */
  duplicated: number;
  byStatus: Record<string, number>;
  /** The most claims that one chunk took. */
  maxAttempts: number;
  statuses: { id: string; status: string }[];
}

interface Counted {
  id: string;
  status: string;
  isFinished: boolean;
  isExact: boolean;
  attempts: number;
}

/** Every job there is, with its history: each finished item is told by one event, and a final job by one final event. */
const COUNTED = `
select j.id, j.status, j.status in ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED') as "isFinished",
  j.finished_count = j.item_count and e.finals = 1 and e.items = j.item_count and e.events = j.seq and c.items = j.item_count as "isExact",
  c.attempts
from job j
cross join lateral (
  select count(*) as events, count(*) filter (where kind in ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')) as finals,
    coalesce(sum(item_count) filter (where kind in ('ITEMS_FINISHED', 'SUCCEEDED', 'FAILED')), 0) as items
  from job_event where job_id = j.id
) e
cross join lateral (select max(attempt) as attempts, sum(item_count) filter (where status = 'SUCCEEDED') as items from job_chunk where job_id = j.id) c`;

/** What the database says of the jobs that the client's ledger holds. */
export async function recount(databaseUrl: string, ledger: ReadonlyMap<string, string | null>): Promise<Recount> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Counted>(COUNTED);
    const own = rows.filter(({ id }) => ledger.has(id));
    const finished = own.filter(({ isFinished }) => isFinished);
    const byStatus: Record<string, number> = {};
    for (const { status } of own) byStatus[status] = (byStatus[status] ?? 0) + 1;
    return {
      accepted: ledger.size, finished: finished.length, lost: ledger.size - finished.length,
      duplicated: finished.filter(({ isExact }) => !isExact).length + rows.length - own.length,
      byStatus, maxAttempts: Math.max(0, ...own.map(({ attempts }) => attempts)), statuses: own,
    };
  } finally {
    await client.end();
  }
}
