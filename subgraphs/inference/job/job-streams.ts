import DataLoader from 'dataloader';
import type { EventBus } from '../../../platform/bus/event-bus';
import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { rowStream } from '../../../platform/stream/row-stream';
import { SequenceFeed } from '../../../platform/stream/sequence-feed';
import { instantOf } from '../../../platform/uuid';
import type { JobEvent } from '../event/job-event';
import { cursorExpired, type JobEventStore } from '../event/job-event.store';
import type { Job } from './job';
import { isFinal } from './job.lifecycle';
import { jobNotFound } from './job.service';
import type { JobStore } from './job.store';

export interface JobStreamParts {
  bus: EventBus;
  jobs: JobStore;
  events: JobEventStore;
  retentionDays: number;
}

const DAY_MS = 86_400_000;

/** What subscribers follow. All streams of a process share their reads. */
export class JobStreams {
  readonly #feed: SequenceFeed<JobEvent>;
  readonly #current: DataLoader<string, Job | null>;

  constructor(private readonly parts: JobStreamParts) {
    const { bus, jobs, events } = parts;
    this.#feed = new SequenceFeed<JobEvent>({ bus, topic: 'job', read: (requests) => events.readAfter(requests), seqOf: ({ seq }) => seq });
    this.#current = new DataLoader((ids) => jobs.byIds(ids), { cache: false });
  }

  /** @throws JOB_NOT_FOUND */
  async updates({ caller }: RequestScope, id: string): Promise<AsyncIterableIterator<Job>> {
    const [job] = await this.parts.jobs.visible(caller, [id]);
    if (!job) throw jobNotFound(id);
    return rowStream<Job>({
      bus: this.parts.bus, topic: 'job', id: job.id,
      read: (jobId) => this.#current.load(jobId),
      isFinal: ({ status }) => isFinal(status),
      fingerprint: ({ seq }) => seq,
    });
  }

  /** @throws JOB_NOT_FOUND CURSOR_EXPIRED CURSOR_INVALID */
  async events({ caller }: RequestScope, id: string, after: number): Promise<AsyncIterableIterator<JobEvent>> {
    const [job] = await this.parts.jobs.visible(caller, [id]);
    // The id itself tells its time, so this reveals nothing about whether there ever was such a job.
    if (!job) throw after > 0 && this.#isBeforeRetention(id) ? cursorExpired() : jobNotFound(id);
    if (after < 0 || after > job.seq) throw new PlatformError(
      'CURSOR_INVALID', `after was expected to be 0 to ${job.seq}, the number of the job's latest event; ${after} came.`,
    );
    return this.#feed.open(job.id, after);
  }

  #isBeforeRetention(id: string): boolean {
    return instantOf(id).getTime() < Date.now() - this.parts.retentionDays * DAY_MS;
  }
}
