import type { Statement } from '../../../platform/database/database';
import type { ChunkReuse } from '../reuse/chunk-reuse';
import type { ReusedFrom } from '../reuse/served-from';
import type { Lease } from '../worker.contract';
import { addLoad, finishSlot } from '../load/load.sql';
import { ADVANCE_JOBS } from './advance-jobs.sql';
import { AS_FEW, JOB_STANDING, LOCKED } from './leases.sql';

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
  heldMs: number;
  batchWaitMs: number;
  computeMs: number;
  /** Null: nothing ran for it. */
  batchSize: number | null;
  /** Null: it was computed. */
  reused: { servedFrom: ReusedFrom; savedMs: number } | null;
}

/** What was written: with the keys under which the results are to be kept, if they are. */
export interface FinishedRow extends Lease {
  revisionId: string;
  deploymentId: string;
  reuse: ChunkReuse | null;
}

const TEXT = `
with wanted as materialized (
  select * from json_to_recordset($1::json) as l(
    job_id uuid, chunk int, lease int, failed_count int, errors jsonb, start int, size int, held_ms real, batch_wait_ms real, compute_ms real, batch_size int,
    served_from text, saved_ms real)
  where ${AS_FEW}
),
locked as materialized (${LOCKED}),
changed as (
  update job_chunk c
  set status = case when w.failed_count > 0 then 'FAILED' else 'SUCCEEDED' end, finished_at = now(),
    attempt = case when c.status = 'QUEUED' then c.attempt + 1 else c.attempt end,
    started_at = case when c.status = 'QUEUED' then now() - w.held_ms * interval '1 ms' else c.started_at end,
    failed_count = w.failed_count, errors = w.errors, batch_wait_ms = w.batch_wait_ms, compute_ms = w.compute_ms, batch_size = w.batch_size,
    served_from = w.served_from, saved_ms = w.saved_ms,
    outputs = substring($2::bytea from w.start + 1 for w.size)
  from locked w
  where c.job_id = w.job_id and c.chunk = w.chunk and c.lease = w.lease
    and (c.status = 'QUEUED' and w.job_status in ('QUEUED', 'RUNNING') or c.status = 'RUNNING' and c.worker_id = $3 and w.job_status = 'RUNNING')
  returning c.job_id, c.chunk, c.lease, c.first_item, c.item_count, true as is_finished, c.failed_count, c.errors, c.started_at,
    c.batch_wait_ms, c.compute_ms, c.batch_size, null::text as message, c.worker_id is null as was_waiting, w.deployment_id, w.priority, c.revision_id, c.reuse, ${JOB_STANDING}
),
${ADVANCE_JOBS},
load as (${addLoad('select deployment_id, priority, case when was_waiting then -item_count else 0 end as waiting, -item_count as unfinished from changed', '$4')})
select job_id as "jobId", chunk, lease, revision_id as "revisionId", deployment_id as "deploymentId", reuse from changed`;

/**
 * RUNNING → SUCCEEDED or FAILED for every chunk whose lease this worker still holds; the last one of a job makes the job final. A chunk that was only read
 * passes through RUNNING within this statement, and so does its job, event included: history does not tell the two apart.
 */
export function finishStatement(workerId: string, results: readonly ChunkResult[]): Statement {
  let start = 0;
  const records = results.map((result) => {
    const size = result.outputs.byteLength;
    start += size;
    return {
      job_id: result.jobId, chunk: result.chunk, lease: result.lease, failed_count: result.failedCount, errors: result.errors, start: start - size, size,
      held_ms: result.heldMs, batch_wait_ms: result.batchWaitMs, compute_ms: result.computeMs, batch_size: result.batchSize,
      served_from: result.reused?.servedFrom, saved_ms: result.reused?.savedMs,
    };
  });
  const outputs = Buffer.concat(results.map((result) => result.outputs));
  return { name: 'inference-finish', text: TEXT, values: [JSON.stringify(records), outputs, workerId, finishSlot(workerId)] };
}
