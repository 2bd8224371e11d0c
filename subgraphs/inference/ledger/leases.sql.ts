import type { Lease } from '../worker.contract';

/**
 * Makes Postgres expect one row or so of a relation of leases `l`, whatever their number.
 *
 * With an honest estimate the planner finds a young partition cheap to scan, and a prepared statement keeps that plan while the day
 * grows by thousands of rows a second. The range is always true, but counts as selective: the plan is an index look-up per row,
 * which prunes partitions while it runs. Relations of a statement are joined pairwise then, so calls are cut to `LEASES_MAX`.
 */
export const AS_FEW = 'l.chunk between 0 and 1000000000';
export const LEASES_MAX = 64;

/** The leases of a call as a relation: $1 jobs, $2 chunks, $3 leases. */
export const LEASES = `select * from unnest($1::uuid[], $2::int[], $3::int[]) as l(job_id, chunk, lease) where ${AS_FEW}`;

/**
 * Each lease of `wanted` with what its job says. The jobs are locked in the order of their ids; every statement locks jobs before it touches their chunks, so
 * none can deadlock another.
 */
export const LOCKED = `
  select w.*, j.* from (select * from wanted order by job_id) w cross join lateral (
    select namespace, deployment_id, revision_id, priority, outputs as job_outputs, deadline_at, status as job_status, seq as job_seq,
      item_count as job_items, finished_count as job_finished, failed_count as job_failed, error_message as job_error, traceparent as job_trace
    from job where id = w.job_id for no key update
  ) j`;

/** The columns of `LOCKED` from which `ADVANCE_JOBS` tells what becomes of a job. */
export const JOB_STANDING = 'job_status, job_seq, job_items, job_finished, job_failed, job_error';

/** Milliseconds since the chunk was last put into the queue; 0 where the clock was set back. */
export function queuedMs(chunk: string): string {
  return `greatest(0, extract(epoch from now() - ${chunk}.queued_at) * 1000)::float8`;
}

/** The parameters of `LEASES`. */
export function leaseColumns(leases: readonly Lease[]): [string[], number[], number[]] {
  return [leases.map(({ jobId }) => jobId), leases.map(({ chunk }) => chunk), leases.map(({ lease }) => lease)];
}
