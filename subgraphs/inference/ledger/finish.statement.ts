import type { Statement } from '../../../platform/database/database';
import type { Lease } from '../worker.contract';
import { ADVANCE_JOBS } from './advance-jobs.sql';
import { LEASES, LOCKED_JOBS, leaseColumns } from './leases.sql';

export interface ItemError {
  /** Position within the chunk; null: every item of it. */
  item: number | null;
  code: string;
  message: string;
}

/** A finished chunk, packed for its row. */
export interface ChunkResult extends Lease {
  failedCount: number;
  errors: ItemError[] | null;
  outputs: Buffer;
  batchWaitMs: number;
  computeMs: number;
  batchSize: number;
}

const TEXT = `
with wanted as materialized (${LEASES}),
results as materialized (
  select * from json_to_recordset($5::json) as r(job_id uuid, chunk int, failed_count int, errors jsonb, start int, size int, batch_wait_ms real, compute_ms real, batch_size int)
),
locked as materialized (${LOCKED_JOBS}),
changed as (
  update job_chunk c
  set status = case when r.failed_count > 0 then 'FAILED' else 'SUCCEEDED' end, worker_id = null, finished_at = now(),
    failed_count = r.failed_count, errors = r.errors, batch_wait_ms = r.batch_wait_ms, compute_ms = r.compute_ms, batch_size = r.batch_size,
    outputs = substring($6::bytea from r.start + 1 for r.size)
  from wanted w join locked j on j.id = w.job_id join results r on r.job_id = w.job_id and r.chunk = w.chunk
  where c.job_id = w.job_id and c.chunk = w.chunk and c.lease = w.lease and c.status = 'RUNNING' and c.worker_id = $4 and j.status = 'RUNNING'
  returning c.job_id, c.chunk, c.lease, c.first_item, c.item_count, true as is_finished, c.failed_count, c.errors, r.batch_wait_ms, r.compute_ms, r.batch_size, null as message
),
${ADVANCE_JOBS}
select job_id as "jobId", chunk, lease from changed`;

/** RUNNING → SUCCEEDED or FAILED for every chunk whose lease this worker still holds; the last one of a job makes the job final. */
export function finishStatement(workerId: string, results: readonly ChunkResult[]): Statement {
  let start = 0;
  const records = results.map((result) => {
    const size = result.outputs.byteLength;
    start += size;
    return {
      job_id: result.jobId, chunk: result.chunk, failed_count: result.failedCount, errors: result.errors, start: start - size, size,
      batch_wait_ms: result.batchWaitMs, compute_ms: result.computeMs, batch_size: result.batchSize,
    };
  });
  const outputs = Buffer.concat(results.map((result) => result.outputs));
  return { name: 'inference-finish', text: TEXT, values: [...leaseColumns(results), workerId, JSON.stringify(records), outputs] };
}
