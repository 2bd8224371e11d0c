import type { ItemResult } from '../subgraphs/inference/worker.contract';
import type { StepRequest } from './runner.port';

/** What one run cost, told to each source that had items in it. */
export interface RunShare {
  computeMs: number;
  batchSize: number;
  /** The source's own items among the batch. */
  ownItems: number;
}

/** Whom items belong to while they run: a chunk of a job on the queued lane, or a call on the direct one. */
export interface ItemSource {
  /** False once its items need not run any more: they are done, canceled, or given up. */
  readonly isOpen: boolean;
  /** The outputs wanted; null: all. */
  readonly outputs: string[] | null;
  /** When nobody waits for the result any more, on the clock of `performance.now()`; null: never. */
  readonly deadlineAt: number | null;
  /**
   * Milliseconds it had when it came, where nobody has checked that they suffice: what is predicted to take longer is tried all the same, or one slow run
   * would turn away every later call and no prediction ever be corrected.
   */
  readonly budgetMs?: number | null;
  /** Its class: 0 goes before 1, and so on. */
  readonly priority: number;
  /** Items that its caller still waits for, on all workers: long work gives way to short. */
  readonly remainingItems: number;
  /** What the runner is asked in place of a run with the item's inputs; absent: the inputs. */
  readonly step?: StepRequest;
  /** For logs: the job, or the replica's call. */
  readonly subject: Readonly<Record<string, unknown>>;
  /** Before each run with items of it. `runnerFreeAt` is when the runner could have begun: what lies between was spent on filling the batch. */
  started(now: number, runnerFreeAt: number): void;
  ran(share: RunShare): void;
  settle(index: number, result: ItemResult): void;
}
