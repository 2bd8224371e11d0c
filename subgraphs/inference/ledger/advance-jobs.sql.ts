/**
 * Carries what happened to chunks over to their jobs and events, as further parts of the same statement.
 *
 * Expects the relation `changed (job_id, chunk, first_item, item_count, is_finished, failed_count, errors, started_at, batch_wait_ms,
 * compute_ms, batch_size, message)` with the columns of `JOB_STANDING`, taken under the job's lock, which makes `seq` gap-free.
 * Each changed chunk is one event; where the last chunk makes the job final, that event carries the job's final state.
 * A job that is still QUEUED starts with them, which is one more event before theirs. All changes of a job take one update of its row.
 *
 * One pass over the chunks of each job adds up what they bring, so that its last chunk knows the whole; joins instead cost twice as much.
 */
export const ADVANCE_JOBS = `
tallied as (
  select *, job_status = 'QUEUED' as starts, row_number() over by_chunk as position, lead(chunk) over by_chunk is null as is_last,
    coalesce(sum(item_count) filter (where is_finished) over by_chunk, 0)::int as finished,
    coalesce(sum(failed_count) filter (where is_finished) over by_chunk, 0)::int as failed,
    min(started_at) over by_chunk as first_started_at, max(batch_wait_ms) over by_chunk as longest_wait_ms,
    sum(compute_ms) over by_chunk as computed_ms, max(batch_size) over by_chunk as largest_batch,
    (array_agg(errors -> 0) filter (where is_finished and errors is not null) over by_chunk)[1] as error
  from changed window by_chunk as (partition by job_id order by is_finished, chunk rows unbounded preceding)
),
outcomes as materialized (
  select *,
    case
      when not (is_last and job_finished + finished = job_items) then 'RUNNING'
      when job_failed + failed > 0 then 'FAILED'
      else 'SUCCEEDED' end as outcome,
    case when failed = 0 then null when job_items = 1 then error ->> 'code' else 'ITEMS_FAILED' end as error_code,
    case
      when job_failed + failed = 0 then null
      when job_items = 1 then error ->> 'message'
      else job_failed + failed || ' of ' || job_items || ' items failed, one with: '
        || coalesce(error ->> 'message', substring(job_error from 'one with: (.*)')) end as error_message
  from tallied
),
advanced as (
  update job j
  set seq = o.job_seq + o.starts::int + o.position, status = o.outcome, started_at = coalesce(j.started_at, o.first_started_at),
    finished_count = o.job_finished + o.finished, failed_count = o.job_failed + o.failed,
    batch_wait_ms = greatest(j.batch_wait_ms, o.longest_wait_ms),
    compute_ms = case when o.computed_ms is null then j.compute_ms else coalesce(j.compute_ms, 0) + o.computed_ms end,
    batch_size = greatest(j.batch_size, o.largest_batch),
    finished_at = case when o.outcome <> 'RUNNING' then now() end, expires_at = case when o.outcome = 'RUNNING' then j.expires_at end,
    error_code = coalesce(o.error_code, j.error_code), error_message = o.error_message
  from outcomes o where o.is_last and j.id = o.job_id
),
events as (
  insert into job_event (job_id, seq, kind, at, first_item, item_count, message)
  select job_id, job_seq + starts::int + position,
    case when not is_finished then 'REQUEUED' when outcome <> 'RUNNING' then outcome else 'ITEMS_FINISHED' end, now(),
    first_item, item_count, case when not is_finished then message when outcome = 'FAILED' then error_message end
  from outcomes
  union all
  select job_id, job_seq + 1, 'STARTED', first_started_at, null, null, null from outcomes where is_last and starts
)`;
