import type { Statement } from '../../../platform/database/database';
import type { QueuedChunk } from '../ledger/give-back.statement';
import { addLoad, CALLERS_SLOT } from '../load/load.sql';
import { RETRYABLE, literals } from './job.lifecycle';

const TEXT = `
with held as materialized (
  select id from job where id = $1 and status in (${literals(RETRYABLE)}) for no key update
),
retried as (
  update job j
  set status = 'QUEUED', attempt = j.attempt + 1, seq = j.seq + 1, queued_at = now(), started_at = null, finished_at = null,
    error_code = null, error_message = null, batch_wait_ms = null, compute_ms = null, batch_size = null,
    revision_id = $2, model_version_id = $3, failed_count = 0,
    finished_count = j.finished_count - (select coalesce(sum(item_count), 0) from job_chunk where job_id = $1 and status = 'FAILED'),
    deadline_at = now() + j.deadline_ms * interval '1 ms', expires_at = now() + j.deadline_ms * interval '1 ms'
  from held h where j.id = h.id
  returning j.id, j.seq, j.attempt, j.deployment_id, j.revision_id, j.priority
),
events as (
  insert into job_event (job_id, seq, kind, at, message) select id, seq, 'RETRIED', now(), 'Attempt ' || attempt || ' begins.' from retried
),
requeued as (
  update job_chunk c
  set status = 'QUEUED', revision_id = r.revision_id, lease = c.lease + 1, strikes = 0, worker_id = null,
    queued_at = now(), enqueued_at = null, started_at = null, finished_at = null,
    failed_count = 0, errors = null, outputs = null
  from retried r where c.job_id = r.id and c.status <> 'SUCCEEDED'
  returning c.job_id, c.chunk, c.lease, c.item_count, r.deployment_id, r.revision_id, r.priority
),
load as (${addLoad('select deployment_id, priority, item_count as waiting, item_count as unfinished from requeued', '$4')})
select job_id as "jobId", chunk, lease, revision_id as "revisionId", priority from requeued`;

/** Begins another attempt with the chunks that did not succeed; no rows when the job is in no state to be retried. Rows: `QueuedChunk`. */
export function retryStatement(id: string, target: { revisionId: string; modelVersionId: string }): Statement {
  return { text: TEXT, values: [id, target.revisionId, target.modelVersionId, CALLERS_SLOT] };
}

export type RetriedRow = QueuedChunk;
