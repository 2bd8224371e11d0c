import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { groupBy } from '../../../platform/collection/group-by';
import type { SequenceBatch, SequenceRequest } from '../../../platform/stream/sequence-batch';
import { idRange } from '../job/id-range';
import { isFinal, type JobStatus } from '../job/job.lifecycle';
import { JobEvent } from './job-event';

const EVENTS_PER_READ = 200;

interface EventRow extends JobEvent {
  position: string;
  status: JobStatus;
  lastSeq: number;
}

/** Reads the event logs of many jobs in one statement. */
export class JobEventStore {
  constructor(private readonly database: Database) {}

  async readAfter(requests: readonly SequenceRequest[]): Promise<(SequenceBatch<JobEvent> | PlatformError)[]> {
    const rows = await this.database.query<EventRow>({
      name: 'inference-events',
      // The job's row and its events change in the same transactions: within one statement they always agree.
      text: `select w.position, j.status, j.seq as "lastSeq", e.* from unnest($1::uuid[], $2::int[]) with ordinality as w(job_id, after, position)
             cross join lateral (select status, seq from job where id = w.job_id and id between $3::uuid and $4::uuid limit 1) j
             left join lateral (
               select job_id as "jobId", seq, kind, at, message, first_item as "firstItem", item_count as "itemCount" from job_event
               where job_id = w.job_id and job_id between $3::uuid and $4::uuid and seq > w.after order by seq limit ${EVENTS_PER_READ}
             ) e on true
             order by w.position, e.seq`,
      values: [requests.map(({ id }) => id), requests.map(({ after }) => after), ...idRange(requests.map(({ id }) => id))],
    });
    const byPosition = groupBy(rows, ({ position }) => Number(position));
    return requests.map(({ after }, index) => toBatch(after, byPosition.get(index + 1)));
  }
}

function toBatch(after: number, rows: readonly EventRow[] | undefined): SequenceBatch<JobEvent> | PlatformError {
  if (!rows) return cursorExpired();
  const { status, lastSeq } = rows[0]!;
  const events = rows.filter(({ seq }) => seq !== null).map((row) => Object.assign(new JobEvent(), row));
  const isUpToDate = (events.at(-1)?.seq ?? after) === lastSeq;
  return { events, hasMore: !isUpToDate, isComplete: isUpToDate && isFinal(status) };
}

export function cursorExpired(): PlatformError {
  return new PlatformError('CURSOR_EXPIRED', 'The job and its events are older than the retention and no longer kept.');
}
