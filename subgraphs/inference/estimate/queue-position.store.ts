import type { Database } from '../../../platform/database/database';

export interface QueuedJob {
  id: string;
  revisionId: string;
  priority: number;
}

/** Beyond so many chunks of a revision that wait, none is looked at: where exactly a job stands matters little then. */
const CHUNKS_MAX = 2_000;

/** Finds out how much is ahead of jobs in the queue of their revision. */
export class QueuePositionStore {
  constructor(private readonly database: Database) {}

  /** Items ahead of each job, in the order of the jobs; null where too much waits to be counted. */
  async itemsAhead(jobs: readonly QueuedJob[]): Promise<(number | null)[]> {
    const rows = await this.database.query<{ id: string; seen: number; ahead: number }>({
      name: 'inference-items-ahead',
      text: `select w.id, a.seen, a.ahead
             from unnest($1::uuid[], $2::uuid[], $3::int[]) as w(id, revision_id, priority) cross join lateral (
               select count(*)::int as seen, coalesce(sum(c.item_count) filter (where j.priority < w.priority or j.priority = w.priority and c.job_id < w.id), 0)::int as ahead
               from (select job_id, item_count from job_chunk where revision_id = w.revision_id and status = 'QUEUED' limit ${CHUNKS_MAX + 1}) c
               cross join lateral (select priority from job where id = c.job_id limit 1) j
             ) a`,
      values: [jobs.map(({ id }) => id), jobs.map(({ revisionId }) => revisionId), jobs.map(({ priority }) => priority)],
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return jobs.map(({ id }) => {
      const row = byId.get(id);
      return row && row.seen <= CHUNKS_MAX ? row.ahead : null;
    });
  }
}
