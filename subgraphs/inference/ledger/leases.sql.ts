import type { Lease } from '../worker.contract';

/**
 * The leases of a call ($1 jobs, $2 chunks, $3 leases) as a relation of which Postgres expects one row or so, whatever their number.
 *
 * With an honest estimate the planner finds a young partition cheap to scan, and a prepared statement keeps that plan while the day
 * grows by thousands of rows a second. The range on `chunk` is always true, but counts as selective: the plan is an index look-up per row,
 * which prunes partitions while it runs. Relations of a statement are joined pairwise then, so calls are cut to `LEASES_MAX`.
 */
export const LEASES = 'select * from unnest($1::uuid[], $2::int[], $3::int[]) as l(job_id, chunk, lease) where l.chunk between 0 and 1000000000';
export const LEASES_MAX = 64;

/** Locks the jobs of `wanted` in the order of their ids. Every statement locks jobs before it touches their chunks, so none can deadlock another. */
export const LOCKED_JOBS = `
  select j.* from (select distinct job_id from wanted order by job_id) w cross join lateral (
    select id, status, deadline_at, namespace, revision_id, priority, outputs, item_count, finished_count, failed_count from job where id = w.job_id for no key update
  ) j`;

/** The parameters of `LEASES`. */
export function leaseColumns(leases: readonly Lease[]): [string[], number[], number[]] {
  return [leases.map(({ jobId }) => jobId), leases.map(({ chunk }) => chunk), leases.map(({ lease }) => lease)];
}
