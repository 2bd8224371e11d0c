import type { Statement } from '../../../platform/database/database';
import { idRange } from '../job/id-range';
import type { Lease } from '../worker.contract';
import type { ClaimedRow } from './claim.statement';
import { LEASES, leaseColumns, queuedMs } from './leases.sql';

/** What a claim would return, without moving anything. */
export type PeekedRow = Omit<ClaimedRow, 'hasStarted'>;

const TEXT = `
with wanted as materialized (${LEASES})
select c.job_id as "jobId", c.chunk, c.lease, c.first_item as "firstItem", c.item_count as "itemCount", c.inputs, j.namespace,
  j.deployment_id as "deploymentId", j.revision_id as "revisionId", ${queuedMs('c')} as "queuedMs", j.outputs, j.deadline_at as "deadlineAt", j.priority,
  j.item_count - j.finished_count as "remainingItems", j.traceparent
from wanted w cross join lateral (
  select job_id, chunk, lease, first_item, item_count, inputs, queued_at from job_chunk
  where job_id = w.job_id and job_id between $4::uuid and $5::uuid and chunk = w.chunk and lease = w.lease and status = 'QUEUED' limit 1
) c cross join lateral (
  select namespace, deployment_id, revision_id, outputs, deadline_at, priority, item_count, finished_count, traceparent from job
  where id = w.job_id and id between $4::uuid and $5::uuid and status in ('QUEUED', 'RUNNING') and (deadline_at is null or deadline_at > now()) limit 1
) j`;

/** The chunks that are still QUEUED under their lease. */
export function peekStatement(leases: readonly Lease[]): Statement {
  return { name: 'inference-peek', text: TEXT, values: [...leaseColumns(leases), ...idRange(leases.map(({ jobId }) => jobId))] };
}
