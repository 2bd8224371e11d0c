import type { DirectTiming } from '../../../platform/direct/message';

/** How often, and milliseconds in all. */
export interface Tally {
  count: number;
  ms: number;
}

export interface CallStatistics {
  /** Calls that were answered, a call of many rows counted by its rows. */
  inferenceCount: number;
  /** Runs of the model: calls that shared a run count as its parts. */
  executionCount: number;
  lastAt: Date;
  succeeded: Tally;
  failed: Tally;
  queued: Tally;
  computed: Tally;
  /** Answered with the result of another call. */
  reused: Tally;
  /** By how many calls shared the run. */
  byBatchSize: Map<number, Tally>;
}

export interface CallOutcome {
  rows: number;
  elapsedMs: number;
  /** Null: it failed. */
  timing: DirectTiming | null;
}

const MAX_REVISIONS = 10_000;

/** What the direct lane did, by revision, since this process began. */
export class DirectStatistics {
  readonly #byRevision = new Map<string, CallStatistics>();

  of(revisionId: string): CallStatistics | null {
    return this.#byRevision.get(revisionId) ?? null;
  }

  observe(revisionId: string, { rows, elapsedMs, timing }: CallOutcome): void {
    const statistics = this.#byRevision.get(revisionId) ?? this.#begin(revisionId);
    statistics.lastAt = new Date();
    if (!timing) return add(statistics.failed, elapsedMs);
    statistics.inferenceCount += rows;
    statistics.executionCount += 1 / timing.batchSize;
    add(statistics.succeeded, elapsedMs);
    add(statistics.queued, timing.queuedMs + timing.batchWaitMs);
    add(statistics.computed, timing.computeMs);
    const tally = statistics.byBatchSize.get(timing.batchSize) ?? none();
    statistics.byBatchSize.set(timing.batchSize, tally);
    add(tally, timing.computeMs);
  }

  /** As Triton counts: such a call succeeded, and was no inference. */
  reused(revisionId: string, elapsedMs: number): void {
    const statistics = this.#byRevision.get(revisionId) ?? this.#begin(revisionId);
    add(statistics.succeeded, elapsedMs);
    add(statistics.reused, elapsedMs);
  }

  /** Revisions come and go; the one that began first is forgotten first. */
  #begin(revisionId: string): CallStatistics {
    const [oldest] = this.#byRevision.keys();
    if (this.#byRevision.size >= MAX_REVISIONS && oldest !== undefined) this.#byRevision.delete(oldest);
    const begun: CallStatistics = {
      inferenceCount: 0, executionCount: 0, lastAt: new Date(), succeeded: none(), failed: none(), queued: none(), computed: none(), reused: none(), byBatchSize: new Map(),
    };
    this.#byRevision.set(revisionId, begun);
    return begun;
  }
}

function none(): Tally {
  return { count: 0, ms: 0 };
}

function add(tally: Tally, ms: number): void {
  tally.count += 1;
  tally.ms += ms;
}
