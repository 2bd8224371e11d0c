import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import { messageOf } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import { isFinal } from '../job/job.lifecycle';
import type { JobStore } from '../job/job.store';
import type { ChunkEnqueuer } from '../ledger/chunk-enqueuer';
import { enqueuedStatement } from '../ledger/enqueued.statement';
import type { JobFlights } from './job-flights';
import type { ReusableChunk } from './reused-jobs';
import type { ReusedFrom } from './served-from';

/** A hint may be lost. */
const LOOK_EVERY_MS = 1_000;
/** Between the rows of a job that succeeded and its results. */
const KEPT_WITHIN_MS = 2_000;

export interface JobWaiterParts {
  database: Database;
  bus: EventBus;
  jobs: Pick<JobStore, 'byIds'>;
  flights: JobFlights;
  enqueuer: ChunkEnqueuer;
  log: Log;
}

/** What a chunk that waits is finished with, or leads with. */
export interface Reuse {
  finishKept(chunk: ReusableChunk, servedFrom: ReusedFrom): Promise<boolean>;
  lead(chunk: ReusableChunk): void;
}

/**
 * Lets chunks wait for jobs that compute the same. Their rows stay QUEUED, stamped as if they were enqueued: should this process end, or the wait take longer
 * than half a minute, the sweeper enqueues them. Where the job that was waited for fails or is canceled, one of those that waited is enqueued.
 */
export class JobWaiter {
  readonly #waits = new Set<Promise<void>>();
  /** By the job that is waited for. */
  readonly #wakeUps = new Map<string, Set<() => void>>();
  #subscription: Promise<() => void> | null = null;
  #isClosed = false;

  constructor(private readonly parts: JobWaiterParts) {}

  follow(chunk: ReusableChunk, reuse: Reuse): void {
    const wait = this.#follow(chunk, reuse)
      .catch((error: unknown) => this.parts.log.warn({ jobId: chunk.jobId, reason: messageOf(error) }, 'wait for an equal job given up, the sweeper enqueues it'))
      .finally(() => this.#waits.delete(wait));
    this.#waits.add(wait);
  }

  /** Chunks that wait are left to the sweeper. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake('*');
    await Promise.all(this.#waits);
    (await this.#subscription?.catch(() => null))?.();
  }

  async #follow(chunk: ReusableChunk, reuse: Reuse): Promise<void> {
    await this.#listen();
    await this.parts.database.query(enqueuedStatement([chunk]));
    while (!this.#isClosed) {
      const leaders = this.#leadersOf(chunk);
      // Before the look: what happens from now on is heard.
      const hint = this.#hint(leaders);
      // First the jobs, then their results, which one that ends in between may have left.
      const isOver = !await this.#isAnyUnfinished(leaders);
      if (await reuse.finishKept(chunk, 'COALESCED')) return hint.end();
      // Of several that waited for one job the first leads now, and the others wait for it.
      if (isOver && this.#leadersOf(chunk).every((id) => leaders.includes(id))) {
        hint.end();
        reuse.lead(chunk);
        return this.parts.enqueuer.enqueueSoon([{ ...chunk, predictedMs: null }]);
      }
      if (!isOver) await hint.heard;
      hint.end();
    }
  }

  #leadersOf({ keys, priority, jobId }: ReusableChunk): string[] {
    const leaders = new Set(keys.flatMap((key) => this.parts.flights.leaderOf(key, priority) ?? []));
    leaders.delete(jobId);
    return [...leaders];
  }

  /** A job that succeeded just now counts: its results are kept after its rows, and hinted at then. */
  async #isAnyUnfinished(ids: readonly string[]): Promise<boolean> {
    return (await this.parts.jobs.byIds(ids)).some((job) => job && (!isFinal(job.status) || (job.status === 'SUCCEEDED' && Date.now() - job.finishedAt!.getTime() < KEPT_WITHIN_MS)));
  }

  /** Without hints the clock alone wakes; the next one that waits subscribes again. */
  async #listen(): Promise<void> {
    this.#subscription ??= this.parts.bus.subscribeAll('job', (id) => this.#wake(id));
    await this.#subscription.catch(() => { this.#subscription = null; });
  }

  #wake(id: string): void {
    const wakeUps = id === '*' ? [...this.#wakeUps.values()] : [this.#wakeUps.get(id) ?? []];
    for (const wake of wakeUps.flatMap((each) => [...each])) wake();
  }

  /** `heard` resolves when one of the jobs may have moved on. */
  #hint(jobIds: readonly string[]): { heard: Promise<void>; end(): void } {
    let wake = (): void => undefined;
    const heard = new Promise<void>((resolve) => { wake = resolve; });
    const timer = setTimeout(wake, LOOK_EVERY_MS);
    if (this.#isClosed) wake();
    for (const id of jobIds) this.#wakeUps.set(id, (this.#wakeUps.get(id) ?? new Set()).add(wake));
    const end = (): void => {
      clearTimeout(timer);
      for (const id of jobIds) {
        this.#wakeUps.get(id)?.delete(wake);
        if (this.#wakeUps.get(id)?.size === 0) this.#wakeUps.delete(id);
      }
    };
    return { heard, end };
  }
}
