/**
 * Carries what happened to chunks over to their jobs and events, as further parts of the same statement.
 *
 * Expects the relation `changed (job_id, chunk, first_item, item_count, is_finished, failed_count, errors, batch_wait_ms, compute_ms,
 * batch_size, message)`. Each changed chunk is one event; where the last chunk makes the job final, that event carries the job's final state.
 * All changes of a job take one update of its row, whose lock makes `seq` gap-free.
 */
export const ADVANCE_JOBS = `
totals as (
  select job_id, count(*)::int as events,
    coalesce(sum(item_count) filter (where is_finished), 0)::int as finished, coalesce(sum(failed_count) filter (where is_finished), 0)::int as failed,
    max(batch_wait_ms) as batch_wait_ms, sum(compute_ms) as compute_ms, max(batch_size) as batch_size,
    (array_agg(errors -> 0 order by chunk) filter (where is_finished and errors is not null))[1] as error
  from changed group by job_id
),
outcomes as (
  select j.id, t.events, t.batch_wait_ms, t.compute_ms, t.batch_size, t.error, t.finished, t.failed,
    j.finished_count + t.finished = j.item_count as is_final, j.failed_count + t.failed as failed_count
  from totals t join locked j on j.id = t.job_id
),
advanced as (
  update job j
  set seq = j.seq + o.events, finished_count = j.finished_count + o.finished, failed_count = o.failed_count,
    batch_wait_ms = greatest(j.batch_wait_ms, o.batch_wait_ms), compute_ms = case when o.compute_ms is null then j.compute_ms else coalesce(j.compute_ms, 0) + o.compute_ms end,
    batch_size = greatest(j.batch_size, o.batch_size),
    status = case when not o.is_final then j.status when o.failed_count > 0 then 'FAILED' else 'SUCCEEDED' end,
    finished_at = case when o.is_final then now() end, expires_at = case when o.is_final then null else j.expires_at end,
    error_code = case when o.failed = 0 then j.error_code when j.item_count = 1 then o.error ->> 'code' else 'ITEMS_FAILED' end,
    error_message = case
      when o.failed_count = 0 then null
      when j.item_count = 1 then o.error ->> 'message'
      else o.failed_count || ' of ' || j.item_count || ' items failed, one with: ' || coalesce(o.error ->> 'message', substring(j.error_message from 'one with: (.*)')) end
  from outcomes o where j.id = o.id
  returning j.id, j.seq, j.status, j.error_message, o.events
),
numbered as (
  select c.*, a.status, a.error_message, a.seq as last_seq,
    a.seq - a.events + row_number() over (partition by c.job_id order by c.is_finished, c.chunk) as seq
  from changed c join advanced a on a.id = c.job_id
),
events as (
  insert into job_event (job_id, seq, kind, at, first_item, item_count, message)
  select job_id, seq, case when not is_finished then 'REQUEUED' when seq = last_seq and status <> 'RUNNING' then status else 'ITEMS_FINISHED' end, now(),
    first_item, item_count, case when not is_finished then message when seq = last_seq and status = 'FAILED' then error_message end
  from numbered
)`;
