import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import { messageOf, PlatformError } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { QueueBackend } from '../../../platform/queue/queue';
import { endJobsStatement, type EndedRow } from '../job/end-jobs.statement';
import type { ChunkEnqueuer } from '../ledger/chunk-enqueuer';
import type { EndedJobs } from '../metrics/ended-jobs';
import type { JobLedger } from '../worker.contract';
import type { Janitor } from './janitor';
import type { SweepStore } from './sweep.store';
import { HEARTBEAT_LIMIT_MS, type WorkerLiveness } from './worker-liveness';

export interface SweeperParts {
  database: Database;
  bus: EventBus;
  queue: QueueBackend;
  log: Log;
  store: SweepStore;
  enqueuer: ChunkEnqueuer;
  ledger: JobLedger;
  workers: WorkerLiveness;
  janitor: Janitor;
  ended: EndedJobs;
  kept: { takeOver(): Promise<void> };
}

const EVERY_MS = 1_000;
const PAGE = 500;
/** A queue that has all its entries is asked in vain, so it is asked seldom. */
const RESEND_EVERY_MS = 10_000;
const FIRST_CHUNK = { jobId: '00000000-0000-0000-0000-000000000000', chunk: -1 };
const WORKER_LOST = { code: 'WORKER_LOST', message: 'The worker disappeared during the run.' } as const;
const DEADLINE_EXCEEDED = { code: 'DEADLINE_EXCEEDED', message: 'The deadline passed before all items were done.' } as const;

/** Repairs what crashes leave behind, in one process of the platform at a time: whatever was accepted ends. */
export class JobSweeper {
  #timer: NodeJS.Timeout | null = null;
  /** A worker came or went during a round: another follows at once. */
  #isDue = false;
  #release: Promise<() => void> | null = null;
  #round: Promise<void> = Promise.resolve();
  #isStopped = true;
  /** Since when the database has been there. While it was away no worker could beat, which says nothing about the workers. */
  #steadySince = Date.now();
  #resentAt = 0;

  constructor(private readonly parts: SweeperParts) {}

  start(): void {
    this.#isStopped = false;
    this.#steadySince = Date.now();
    this.#next(0);
    this.#release = this.parts.bus.subscribeAll('worker', () => this.#kick());
    this.#release.catch((error: unknown) => this.parts.log.warn({ reason: messageOf(error) }, 'no hints about workers, only the clock'));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    (await this.#release?.catch(() => null))?.();
    await this.#round;
  }

  #next(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#isDue = false;
      this.#round = this.#run().finally(() => this.#next(this.#isDue ? 0 : EVERY_MS));
    }, delayMs);
  }

  #kick(): void {
    this.#isDue = true;
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#next(0);
  }

  async #run(): Promise<void> {
    try {
      await this.parts.database.exclusively('modelgraph job sweeper', () => this.sweep());
    } catch (error) {
      this.#noticeOutage(error);
      this.parts.log.warn({ reason: messageOf(error) }, 'sweep failed');
    }
  }

  /** One round. Each step stands alone: what one cannot reach must not keep the others from theirs. */
  async sweep({
    isSteady = Date.now() - this.#steadySince > HEARTBEAT_LIMIT_MS, isResendDue = Date.now() - this.#resentAt > RESEND_EVERY_MS,
  }: { isSteady?: boolean; isResendDue?: boolean } = {}): Promise<void> {
    const steps = [
      () => this.parts.janitor.tidy(),
      () => this.#expire(),
      () => this.#takeBack(isSteady),
      () => this.#compareEpoch(),
      () => this.parts.kept.takeOver(),
      () => this.#sendUnsent(),
      () => (isResendDue ? this.#resend() : Promise.resolve()),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    failures.forEach((error) => this.#noticeOutage(error));
    if (failures.length > 0) throw failures[0];
  }

  /** Only an outage excuses silent workers: a step that always fails for a reason of its own must not excuse them for ever. */
  #noticeOutage(error: unknown): void {
    if (error instanceof PlatformError && error.code === 'UNAVAILABLE') this.#steadySince = Date.now();
  }

  async #expire(): Promise<void> {
    const { database, bus, store, log } = this.parts;
    const ids = await store.overdue(PAGE);
    if (ids.length === 0) return;
    const ended = await database.query<EndedRow>(endJobsStatement('EXPIRED', ids, DEADLINE_EXCEEDED));
    for (const { id, wasRunning } of ended) {
      bus.publish('job', id);
      if (wasRunning) bus.publish('chunk-cancel', id);
    }
    log.info({ jobs: ended.length }, 'jobs expired');
    await this.parts.ended.tell('DEADLINE_EXCEEDED', ended);
  }

  /** Workers that are gone are lost at any time, such as those whose successor has registered. */
  async #takeBack(isSilenceTelling: boolean): Promise<void> {
    const { store, workers, ledger, log } = this.parts;
    for (const workerId of await workers.lostAmong(await store.workersRunning(), { isSilenceTelling })) {
      const leases = await store.leasesOf(workerId, PAGE);
      await ledger.giveBack(workerId, leases, WORKER_LOST);
      log.warn({ workerId, chunks: leases.length }, 'chunks taken back from a lost worker');
    }
  }

  /** Another epoch: the queue was flushed or restored. The new mark is remembered last, so that a crash in between repeats all of it. */
  async #compareEpoch(): Promise<void> {
    const { queue, store, log } = this.parts;
    // Without its queue the platform still takes chunks back: a failed round would stop that.
    const epoch = await queue.epoch().catch((error: unknown) => void log.warn({ reason: messageOf(error) }, 'queue epoch not read'));
    if (epoch === undefined) return;
    const known = await store.knownEpoch(queue.kind);
    if (known === epoch) return;
    if (known !== null) {
      log.warn({ backend: queue.kind }, 'the queue lost its entries, sending all of them again');
      let last: typeof FIRST_CHUNK | null = FIRST_CHUNK;
      while (last) last = await store.unstamp(last, PAGE);
    }
    await store.rememberEpoch(queue.kind, epoch);
  }

  async #sendUnsent(): Promise<void> {
    const { store, enqueuer, log } = this.parts;
    for (let sent = PAGE; sent === PAGE;) {
      sent = await enqueuer.enqueue(await store.unsent(PAGE));
      await enqueuer.flush();
      if (sent > 0) log.info({ chunks: sent }, 'forgotten chunks enqueued');
    }
  }

  /** A queue may lose entries and keep its mark, as a Redis whose log was cut short does: what waits for long is sent again, some at a time. */
  async #resend(): Promise<void> {
    const { store, enqueuer } = this.parts;
    this.#resentAt = Date.now();
    await enqueuer.enqueue(await store.restampLongSent(PAGE));
  }
}
