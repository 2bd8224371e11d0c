import type { Database } from '../../../platform/database/database';
import type { QueuedChunk } from '../ledger/give-back.statement';
import type { Lease } from '../worker.contract';

/** A submit or a give-back enqueues its chunks itself; one that is unstamped for longer was forgotten. */
const UNSENT_AFTER_MS = 2_000;
/** Longer than an entry of a dead consumer takes to come back by itself. */
const LONG_SENT_AFTER_MS = 30_000;

/** What the sweeper looks for. Each look-up has an index of the few rows it is about, so none scans the backlog. */
export class SweepStore {
  constructor(private readonly database: Database) {}

  unsent(limit: number): Promise<QueuedChunk[]> {
    return this.database.query<QueuedChunk>({
      name: 'inference-sweep-unsent',
      text: `select c.job_id as "jobId", c.chunk, c.lease, c.revision_id as "revisionId", j.priority
             from (
               select job_id, chunk, lease, revision_id from job_chunk
               where status = 'QUEUED' and enqueued_at is null and queued_at < now() - $1 * interval '1 ms' order by queued_at limit $2
             ) c cross join lateral (select priority from job where id = c.job_id limit 1) j`,
      values: [UNSENT_AFTER_MS, limit],
    });
  }

  /**
   * Chunks that were sent long ago and still wait, with a new stamp. Without an order: behind a backlog the first rows found are as good
   * as any, and since a new stamp moves a row to the end, all have their turn.
   */
  restampLongSent(limit: number): Promise<QueuedChunk[]> {
    return this.database.query<QueuedChunk>({
      name: 'inference-sweep-long-sent',
      text: `with page as (
               select job_id, chunk from job_chunk where status = 'QUEUED' and enqueued_at < now() - $1 * interval '1 ms' limit $2 for no key update skip locked
             ), restamped as (
               update job_chunk c set enqueued_at = now() from page p where c.job_id = p.job_id and c.chunk = p.chunk
               returning c.job_id, c.chunk, c.lease, c.revision_id
             )
             select c.job_id as "jobId", c.chunk, c.lease, c.revision_id as "revisionId", j.priority
             from restamped c cross join lateral (select priority from job where id = c.job_id limit 1) j`,
      values: [LONG_SENT_AFTER_MS, limit],
    });
  }

  async workersRunning(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>({
      name: 'inference-sweep-workers', text: `select distinct worker_id as id from job_chunk where status = 'RUNNING'`, values: [],
    });
    return rows.map(({ id }) => id);
  }

  leasesOf(workerId: string, limit: number): Promise<Lease[]> {
    return this.database.query<Lease>({
      name: 'inference-sweep-leases',
      text: `select job_id as "jobId", chunk, lease from job_chunk where status = 'RUNNING' and worker_id = $1 limit $2`,
      values: [workerId, limit],
    });
  }

  /** Jobs past their deadline. */
  async overdue(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>({
      name: 'inference-sweep-overdue',
      text: 'select id from job where expires_at < now() order by expires_at limit $1',
      values: [limit],
    });
    return rows.map(({ id }) => id);
  }

  async knownEpoch(backend: string): Promise<string | null> {
    const rows = await this.database.query<{ epoch: string }>({ name: 'inference-epoch', text: 'select epoch from queue_epoch where backend = $1', values: [backend] });
    return rows[0]?.epoch ?? null;
  }

  async rememberEpoch(backend: string, epoch: string): Promise<void> {
    await this.database.query({
      text: 'insert into queue_epoch (backend, epoch) values ($1, $2) on conflict (backend) do update set epoch = excluded.epoch, seen_at = now()',
      values: [backend, epoch],
    });
  }

  /**
   * Takes the stamps off the next `limit` QUEUED chunks after a position, so that they are sent again; resolves with the last position.
   * This one walks the whole backlog, page by page: after the queue has lost everything there is nothing less to do.
   */
  async unstamp(after: Pick<Lease, 'jobId' | 'chunk'>, limit: number): Promise<Pick<Lease, 'jobId' | 'chunk'> | null> {
    const rows = await this.database.query<Pick<Lease, 'jobId' | 'chunk'>>({
      text: `with page as (
               select job_id, chunk from job_chunk where (job_id, chunk) > ($1, $2) and status = 'QUEUED' and enqueued_at is not null
               order by job_id, chunk limit $3 for no key update skip locked
             ), unstamped as (
               update job_chunk c set enqueued_at = null, queued_at = least(c.queued_at, now() - $4 * interval '1 ms')
               from page p where c.job_id = p.job_id and c.chunk = p.chunk returning c.job_id, c.chunk
             )
             select job_id as "jobId", chunk from unstamped order by job_id desc, chunk desc limit 1`,
      values: [after.jobId, after.chunk, limit, UNSENT_AFTER_MS + 1],
    });
    return rows[0] ?? null;
  }
}
