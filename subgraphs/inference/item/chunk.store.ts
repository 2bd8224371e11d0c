import type { Database } from '../../../platform/database/database';
import { idRange } from '../job/id-range';
import type { TimedRow } from '../job/job-timing';
import type { JobStatus } from '../job/job.lifecycle';
import type { ReusedFrom } from '../reuse/served-from';
import type { ItemError } from '../ledger/finish.statement';

/** Consecutive items of a job, `to` excluded. */
export interface ItemRange {
  jobId: string;
  from: number;
  to: number;
}

export interface ChunkHeader extends TimedRow {
  jobId: string;
  chunk: number;
  firstItem: number;
  itemCount: number;
  status: JobStatus;
  errors: ItemError[] | null;
  /** Null: it was computed, or is not yet. */
  servedFrom: ReusedFrom | null;
}

export interface ChunkKey {
  jobId: string;
  chunk: number;
}

/** Reads chunks for many jobs in one statement each; tensors apart from the rest, since most readers want none. */
export class ChunkStore {
  constructor(private readonly database: Database) {}

  /** The chunks that hold the ranges; the answer's lists are in the order of the ranges. */
  async headers(ranges: readonly ItemRange[]): Promise<ChunkHeader[][]> {
    const rows = await this.database.query<ChunkHeader & { position: string }>({
      name: 'inference-chunk-headers',
      text: `select w.position, c.* from unnest($1::uuid[], $2::int[], $3::int[]) with ordinality as w(job_id, first, behind, position) cross join lateral (
               select job_id as "jobId", chunk, first_item as "firstItem", item_count as "itemCount", status, errors,
                 queued_at as "queuedAt", started_at as "startedAt", finished_at as "finishedAt", batch_wait_ms as "batchWaitMs", compute_ms as "computeMs", batch_size as "batchSize", served_from as "servedFrom"
               from job_chunk
               where job_id = w.job_id and job_id between $4::uuid and $5::uuid and first_item < w.behind and first_item + item_count > w.first order by chunk limit 10000
             ) c`,
      values: [ranges.map(({ jobId }) => jobId), ranges.map(({ from }) => from), ranges.map(({ to }) => to), ...idRange(ranges.map(({ jobId }) => jobId))],
    });
    const answers = ranges.map<ChunkHeader[]>(() => []);
    for (const { position, ...header } of rows) answers[Number(position) - 1]!.push(header);
    return answers;
  }

  /** Compute that results of others saved each job; milliseconds, in the order of the jobs. */
  async savedMs(jobIds: readonly string[]): Promise<number[]> {
    const rows = await this.database.query<{ jobId: string; savedMs: number }>({
      name: 'inference-saved',
      text: `select w.job_id as "jobId", c."savedMs" from unnest($1::uuid[]) as w(job_id) cross join lateral (
               select coalesce(sum(saved_ms), 0)::float8 as "savedMs" from job_chunk where job_id = w.job_id and job_id between $2::uuid and $3::uuid
             ) c`,
      values: [jobIds, ...idRange(jobIds)],
    });
    const byJob = new Map(rows.map((row) => [row.jobId, row.savedMs]));
    return jobIds.map((id) => byJob.get(id) ?? 0);
  }

  /** The packed tensors of chunks, in their order; null where there are none. */
  async frames(column: 'inputs' | 'outputs', keys: readonly ChunkKey[]): Promise<(Buffer | null)[]> {
    const rows = await this.database.query<{ position: string; frame: Buffer | null }>({
      name: `inference-chunk-${column}`,
      text: `select w.position, c.frame from unnest($1::uuid[], $2::int[]) with ordinality as w(job_id, chunk, position) cross join lateral (
               select ${column} as frame from job_chunk where job_id = w.job_id and job_id between $3::uuid and $4::uuid and chunk = w.chunk limit 1
             ) c`,
      values: [keys.map(({ jobId }) => jobId), keys.map(({ chunk }) => chunk), ...idRange(keys.map(({ jobId }) => jobId))],
    });
    const answers = keys.map<Buffer | null>(() => null);
    for (const { position, frame } of rows) answers[Number(position) - 1] = frame;
    return answers;
  }
}
