import type { Statement } from '../../../platform/database/database';
import type { Lease } from '../worker.contract';

/**
 * Begins at the rows without a stamp, of which there are few, and not at the leases: most of these were claimed long before, and a look-up of each cost as
 * much as a tenth of its submit. The order makes the plan walk the index of those rows whatever Postgres believes about a young partition.
 * Rows that another statement holds are skipped: they are being claimed, and a claim stamps them as well.
 */
const TEXT = `
with held as materialized (
  select job_id, chunk from job_chunk
  where status = 'QUEUED' and enqueued_at is null and job_id || '/' || chunk || '/' || lease = any($1::text[])
  order by queued_at limit $2
  for no key update skip locked
)
update job_chunk c set enqueued_at = now() from held h where c.job_id = h.job_id and c.chunk = h.chunk`;

/** Stamps chunks whose entries the queue has. */
export function enqueuedStatement(leases: readonly Lease[]): Statement {
  return { name: 'inference-enqueued', text: TEXT, values: [leases.map(({ jobId, chunk, lease }) => `${jobId}/${chunk}/${lease}`), leases.length] };
}
