import type { Statement } from '../../../platform/database/database';
import type { Lease } from '../worker.contract';
import { LEASES, leaseColumns } from './leases.sql';

/** Rows that another statement holds are skipped: they are being claimed, and a claim stamps them as well. */
const TEXT = `
with wanted as materialized (${LEASES}),
held as materialized (
  select c.job_id, c.chunk from wanted w cross join lateral (
    select job_id, chunk from job_chunk
    where job_id = w.job_id and chunk = w.chunk and lease = w.lease and status = 'QUEUED' and enqueued_at is null
    for no key update skip locked
  ) c
)
update job_chunk c set enqueued_at = now() from held h where c.job_id = h.job_id and c.chunk = h.chunk`;

/** Stamps chunks whose entries the queue has. */
export function enqueuedStatement(leases: readonly Lease[]): Statement {
  return { name: 'inference-enqueued', text: TEXT, values: leaseColumns(leases) };
}
