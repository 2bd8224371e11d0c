import type { DirectTiming } from '../../platform/direct/message';
import { PlatformError } from '../../platform/errors';
import type { RawTensor } from '../../platform/tensor/tensor';
import type { ItemResult } from '../../subgraphs/inference/worker.contract';
import type { ItemSource, RunShare } from '../item-source';

/** OPEN: waits or runs · ENDED: has its result · CANCELED: nobody waits for it any more. All but OPEN are final. */
type CallState = 'OPEN' | 'ENDED' | 'CANCELED';

/** Whoever made the call hears of it here; nothing after a cancel. */
export interface CallListener {
  started(): void;
  done(outputs: RawTensor[], timing: DirectTiming): void;
  failed(error: PlatformError): void;
}

/** The dispatcher that runs it. */
export interface CallOwner {
  ended(call: DirectCall): void;
  canceled(call: DirectCall): void;
}

export interface CallRequest {
  call: number;
  inputs: RawTensor[];
  outputs: string[] | null;
  /** Milliseconds from now after which nobody waits for the answer; null: the connection tells. */
  deadlineMs: number | null;
}

/** One item that somebody waits for over an open connection: no row, no queue entry, no lease. */
export class DirectCall implements ItemSource {
  readonly inputs: RawTensor[];
  readonly outputs: string[] | null;
  readonly deadlineAt: number | null;
  readonly budgetMs: number | null;
  /** Somebody waits for it: of the first class, as jobs are where nothing else is said. */
  readonly priority = 0;
  readonly remainingItems = 1;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly #arrivedAt = performance.now();
  #state: CallState = 'OPEN';
  #owner: CallOwner | null = null;
  #startedAt: number | null = null;
  #batchWaitMs = 0;
  #computeMs = 0;
  #ownComputeMs = 0;
  #batchSize = 1;

  constructor({ call, inputs, outputs, deadlineMs }: CallRequest, private readonly listener: CallListener) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.deadlineAt = deadlineMs === null ? null : this.#arrivedAt + deadlineMs;
    this.budgetMs = deadlineMs;
    this.subject = { call };
  }

  get isOpen(): boolean {
    return this.#state === 'OPEN';
  }

  get hasStarted(): boolean {
    return this.#startedAt !== null;
  }

  /** Its share of its runs, by items. */
  get ownComputeMs(): number {
    return this.#ownComputeMs;
  }

  ownedBy(owner: CallOwner): void {
    this.#owner = owner;
  }

  started(now: number, runnerFreeAt: number): void {
    if (this.#startedAt !== null || !this.isOpen) return;
    this.#startedAt = now;
    this.#batchWaitMs = Math.max(0, now - Math.max(runnerFreeAt, this.#arrivedAt));
    this.listener.started();
  }

  ran({ computeMs, batchSize, ownItems }: RunShare): void {
    this.#computeMs += computeMs;
    this.#ownComputeMs += (computeMs * ownItems) / batchSize;
    this.#batchSize = Math.max(this.#batchSize, batchSize);
  }

  settle(_index: number, result: ItemResult): void {
    if ('error' in result) return this.fail(new PlatformError(result.error.code, result.error.message));
    this.#end(() => this.listener.done(result.outputs as RawTensor[], this.#timing()));
  }

  fail(error: PlatformError): void {
    this.#end(() => this.listener.failed(error));
  }

  /** Nobody waits for it any more: it leaves the queue, or its run is ended. */
  cancel(): void {
    if (!this.isOpen) return;
    this.#state = 'CANCELED';
    this.#owner?.canceled(this);
  }

  #end(tell: () => void): void {
    if (!this.isOpen) return;
    this.#state = 'ENDED';
    tell();
    this.#owner?.ended(this);
  }

  #timing(): DirectTiming {
    const waitedMs = Math.max(0, (this.#startedAt ?? this.#arrivedAt) - this.#arrivedAt);
    return { queuedMs: waitedMs - this.#batchWaitMs, batchWaitMs: this.#batchWaitMs, computeMs: this.#computeMs, batchSize: this.#batchSize };
  }
}
