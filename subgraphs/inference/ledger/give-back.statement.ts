import type { Statement } from '../../../platform/database/database';
import type { ErrorCode } from '../../../platform/errors';
import type { Lease } from '../worker.contract';
import { addLoad, backSlot } from '../load/load.sql';
import { ADVANCE_JOBS } from './advance-jobs.sql';
import { JOB_STANDING, LEASES, LOCKED, leaseColumns } from './leases.sql';
import { STRIKES_ALLOWED, strikesOf } from './strikes';

/** A chunk that may be enqueued, with the lease it holds now. */
export interface QueuedChunk extends Lease {
  revisionId: string;
  priority: number;
  /** Milliseconds of compute that the chunk is predicted to take; left out where nothing is known. */
  predictedMs?: number | null;
}

export interface GivenBackRow extends QueuedChunk {
  status: 'QUEUED' | 'FAILED';
}

const TEXT = `
with wanted as materialized (${LEASES}),
locked as materialized (${LOCKED}),
held as materialized (
  select w.job_id, w.chunk, w.deployment_id, w.revision_id, w.priority, ${JOB_STANDING},
    c.status = 'RUNNING' as was_running, c.status = 'RUNNING' and c.strikes + $5 >= ${STRIKES_ALLOWED} as is_finished
  from locked w cross join lateral (
    select status, lease, worker_id, strikes from job_chunk where job_id = w.job_id and chunk = w.chunk for no key update
  ) c
  where c.lease = w.lease and (c.status = 'QUEUED' or c.status = 'RUNNING' and c.worker_id = $4) and w.job_status in ('QUEUED', 'RUNNING')
),
moved as (
  update job_chunk c
  set lease = c.lease + 1, worker_id = null, queued_at = now(), enqueued_at = null, started_at = null,
    strikes = c.strikes + case when h.was_running then $5 else 0 end,
    status = case when h.is_finished then 'FAILED' else 'QUEUED' end, finished_at = case when h.is_finished then now() end,
    failed_count = case when h.is_finished then c.item_count else 0 end,
    errors = case when h.is_finished then json_build_array(json_build_object('item', null, 'code', $6::text, 'message', $7::text))::jsonb end
  from held h where c.job_id = h.job_id and c.chunk = h.chunk
  returning c.job_id, c.chunk, c.lease, c.status, c.first_item, c.item_count, c.failed_count, c.errors,
    h.was_running, h.is_finished, h.deployment_id, h.revision_id, h.priority, ${JOB_STANDING}
),
changed as (
  select job_id, chunk, first_item, item_count, is_finished, failed_count, errors, null::timestamptz as started_at, null::real as batch_wait_ms, null::real as compute_ms, null::int as batch_size, $7::text as message,
    ${JOB_STANDING}
  from moved where was_running
),
${ADVANCE_JOBS},
load as (${addLoad(`
  select deployment_id, priority, case when is_finished then 0 else item_count end as waiting, case when is_finished then -item_count else 0 end as unfinished
  from moved where was_running`, '$8')})
select job_id as "jobId", chunk, lease, status, revision_id as "revisionId", priority from moved`;

/** RUNNING → QUEUED under a new lease, or → FAILED after the last loss allowed; a chunk that was never claimed gets a new lease alone. */
export function giveBackStatement(workerId: string, leases: readonly Lease[], reason: { code: ErrorCode; message: string }): Statement {
  return { name: 'inference-give-back', text: TEXT, values: [...leaseColumns(leases), workerId, strikesOf(reason.code), reason.code, reason.message, backSlot(workerId)] };
}
