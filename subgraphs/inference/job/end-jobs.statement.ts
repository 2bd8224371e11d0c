import type { Statement } from '../../../platform/database/database';
import type { ErrorCode } from '../../../platform/errors';
import { addLoad, CALLERS_SLOT } from '../load/load.sql';
import { CHUNK_LIFECYCLE, JOB_LIFECYCLE, literalsBefore } from './job.lifecycle';

export interface EndedRow {
  id: string;
  /** Whether workers were running some of its chunks. */
  wasRunning: boolean;
  deploymentId: string;
  /** Items of the chunks that were ended. */
  droppedItems: number;
  /** Those that no worker had claimed. */
  waitingItems: number;
}

function textOf(to: 'CANCELED' | 'EXPIRED'): string {
  return `
with held as materialized (
  select j.id from (select unnest($1::uuid[]) as id order by 1) w cross join lateral (
    select id from job where id = w.id and status in (${literalsBefore(JOB_LIFECYCLE, to)}) for no key update
  ) j
),
ended as (
  update job j set status = '${to}', seq = j.seq + 1, finished_at = now(), expires_at = null, error_code = $2, error_message = $3
  from held h where j.id = h.id returning j.id, j.seq, j.deployment_id, j.priority
),
events as (
  insert into job_event (job_id, seq, kind, at, message) select id, seq, '${to}', now(), $3 from ended
),
chunks as (
  update job_chunk c set status = '${to}', finished_at = now()
  from ended e where c.job_id = e.id and c.status in (${literalsBefore(CHUNK_LIFECYCLE, to)})
  returning c.job_id, c.worker_id, c.item_count, e.deployment_id, e.priority
),
load as (${addLoad('select deployment_id, priority, case when worker_id is null then -item_count else 0 end as waiting, -item_count as unfinished from chunks', '$4')})
select e.id, e.deployment_id as "deploymentId", coalesce(bool_or(c.worker_id is not null), false) as "wasRunning",
  coalesce(sum(c.item_count), 0)::int as "droppedItems", coalesce(sum(c.item_count) filter (where c.worker_id is null), 0)::int as "waitingItems"
from ended e left join chunks c on c.job_id = e.id group by 1, 2`;
}

const TEXTS = { CANCELED: textOf('CANCELED'), EXPIRED: textOf('EXPIRED') };

/** Ends jobs that are not final, with every chunk that is not; their leases are void from then on. */
export function endJobsStatement(
  to: 'CANCELED' | 'EXPIRED', ids: readonly string[], error: { code: ErrorCode; message: string },
): Statement {
  return { text: TEXTS[to], values: [ids, error.code, error.message, CALLERS_SLOT] };
}
