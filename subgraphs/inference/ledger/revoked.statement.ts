import type { Statement } from '../../../platform/database/database';
import { idRange } from '../job/id-range';
import type { Lease } from '../worker.contract';
import { LEASES, leaseColumns } from './leases.sql';

const TEXT = `
with wanted as materialized (${LEASES})
select w.job_id as "jobId", w.chunk, w.lease from wanted w left join lateral (
  select c.lease from job_chunk c where c.job_id = w.job_id and c.job_id between $4::uuid and $5::uuid and c.chunk = w.chunk and c.status = 'RUNNING' and c.worker_id = $6 limit 1
) c on true
where c.lease is distinct from w.lease`;

/** The leases that the worker no longer holds. */
export function revokedStatement(workerId: string, leases: readonly Lease[]): Statement {
  return { name: 'inference-revoked', text: TEXT, values: [...leaseColumns(leases), ...idRange(leases.map(({ jobId }) => jobId)), workerId] };
}
