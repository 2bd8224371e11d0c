import type { Statement } from '../../../platform/database/database';
import type { Lease } from '../worker.contract';
import { addLoad, claimSlot } from '../load/load.sql';
import { LEASES, LOCKED, leaseColumns, queuedMs } from './leases.sql';

export interface ClaimedRow {
  jobId: string;
  chunk: number;
  lease: number;
  firstItem: number;
  itemCount: number;
  inputs: Buffer;
  namespace: string;
  deploymentId: string;
  revisionId: string;
  queuedMs: number;
  outputs: string[] | null;
  deadlineAt: Date | null;
  priority: number;
  remainingItems: number;
  traceparent: string | null;
  /** Whether this claim made the job RUNNING. */
  hasStarted: boolean;
}

const TEXT = `
with wanted as materialized (${LEASES}),
locked as materialized (${LOCKED}),
claimed as (
  update job_chunk c
  set status = 'RUNNING', worker_id = $4, attempt = c.attempt + 1, started_at = now(), enqueued_at = coalesce(c.enqueued_at, now())
  from locked w
  where c.job_id = w.job_id and c.chunk = w.chunk and c.lease = w.lease and c.status = 'QUEUED'
    and w.job_status in ('QUEUED', 'RUNNING') and (w.deadline_at is null or w.deadline_at > now())
  returning c.job_id, c.chunk, c.lease, c.first_item, c.item_count, c.inputs, c.queued_at, w.namespace, w.deployment_id, w.priority, w.revision_id, w.job_outputs, w.deadline_at, w.job_trace,
    w.job_items - w.job_finished as remaining
),
started as (
  update job j set status = 'RUNNING', started_at = coalesce(j.started_at, now()), seq = j.seq + 1
  from (select distinct job_id from claimed) c
  where j.id = c.job_id and j.status = 'QUEUED'
  returning j.id, j.seq
),
events as (
  insert into job_event (job_id, seq, kind, at) select id, seq, 'STARTED', now() from started
),
load as (${addLoad('select deployment_id, priority, -item_count as waiting, 0 as unfinished from claimed', '$5')})
select c.job_id as "jobId", c.chunk, c.lease, c.first_item as "firstItem", c.item_count as "itemCount", c.inputs, c.namespace,
  c.deployment_id as "deploymentId", c.revision_id as "revisionId", ${queuedMs('c')} as "queuedMs", c.job_outputs as outputs, c.deadline_at as "deadlineAt", c.priority,
  c.remaining as "remainingItems", c.job_trace as traceparent, s.id is not null as "hasStarted"
from claimed c left join started s on s.id = c.job_id`;

/** QUEUED → RUNNING for every lease that the row still holds; the first claim of a job starts the job. */
export function claimStatement(workerId: string, leases: readonly Lease[]): Statement {
  return { name: 'inference-claim', text: TEXT, values: [...leaseColumns(leases), workerId, claimSlot(workerId)] };
}
