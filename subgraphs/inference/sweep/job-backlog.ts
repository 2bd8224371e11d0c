import type { Database } from '../../../platform/database/database';

/** What revisions still owe, for whoever decides how long their replicas stay. */
export class JobBacklog {
  constructor(private readonly database: Database) {}

  /** Those of the revisions that have queued or running work. */
  async busy(revisionIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>({
      name: 'inference-busy-revisions',
      text: `select r.id from unnest($1::uuid[]) as r(id)
             where exists (select from job_chunk where status = 'QUEUED' and revision_id = r.id)
                or exists (select from job_chunk where status = 'RUNNING' and revision_id = r.id)`,
      values: [revisionIds],
    });
    return rows.map(({ id }) => id);
  }
}
