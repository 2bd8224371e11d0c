import type { ClaimedChunk, FinishedChunk, ItemResult } from '../subgraphs/inference/worker.contract';
import type { HeldChunk } from './chunks-in-hand';
import type { ItemSource, RunShare } from './item-source';
import { leaseOf } from './lease';

/**
 * HELD: ours, its items wait or run · COMPLETE: every item has its result, which is being written · REVOKED: canceled or taken away ·
 * RETURNED: given back unfinished. All but HELD are final.
 */
type ChunkState = 'HELD' | 'COMPLETE' | 'REVOKED' | 'RETURNED';

export interface ChunkListener {
  completed(chunk: ChunkWork): void;
  revoked(chunk: ChunkWork): void;
}

/** A chunk as it was taken. */
export interface TakenChunk {
  chunk: ClaimedChunk;
  /** False: its row is still QUEUED, and its queue entry is held until `release`. */
  isClaimed: boolean;
  /** The queue may forget the chunk. May be called twice: when it is claimed late, and when it is finished. */
  release: () => void;
}

/** A taken chunk while its items run: gathers their results and what they cost. */
export class ChunkWork implements HeldChunk, ItemSource {
  readonly jobId: string;
  readonly chunk: number;
  readonly lease: number;
  readonly claimedAt = performance.now();
  readonly claimed: ClaimedChunk;
  readonly deadlineAt: number | null;
  readonly priority: number;
  readonly remainingItems: number;
  readonly release: () => void;
  #isClaimed: boolean;
  #state: ChunkState = 'HELD';
  #results: (ItemResult | undefined)[];
  #open: number;
  #firstRunAt: number | null = null;
  #computeMs = 0;
  #ownComputeMs = 0;
  #batchSize = 1;

  constructor({ chunk, isClaimed, release }: TakenChunk, private readonly listener: ChunkListener) {
    ({ jobId: this.jobId, chunk: this.chunk, lease: this.lease } = chunk);
    ({ priority: this.priority, remainingItems: this.remainingItems } = chunk);
    this.claimed = chunk;
    this.deadlineAt = chunk.deadlineAt && chunk.deadlineAt.getTime() - performance.timeOrigin;
    this.release = release;
    this.#isClaimed = isClaimed;
    this.#open = chunk.items.length;
    this.#results = new Array<ItemResult | undefined>(this.#open).fill(undefined);
  }

  get outputs(): string[] | null {
    return this.claimed.outputs;
  }

  get subject(): Readonly<Record<string, unknown>> {
    return { jobId: this.jobId };
  }

  get isOpen(): boolean {
    return this.#state === 'HELD';
  }

  get hasStarted(): boolean {
    return this.#firstRunAt !== null;
  }

  /** Whether its row says RUNNING, or did so. */
  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  wasClaimed(): void {
    this.#isClaimed = true;
    this.release();
  }

  /** Items without a result. */
  get openItems(): number {
    return this.#open;
  }

  /** This chunk's share of its runs, by items. */
  get ownComputeMs(): number {
    return this.#ownComputeMs;
  }

  started(now: number): void {
    this.#firstRunAt ??= now;
  }

  ran({ computeMs, batchSize, ownItems }: RunShare): void {
    this.#computeMs += computeMs;
    this.#ownComputeMs += (computeMs * ownItems) / batchSize;
    this.#batchSize = Math.max(this.#batchSize, batchSize);
  }

  settle(index: number, result: ItemResult): void {
    if (!this.isOpen || this.#results[index]) return;
    this.#results[index] = result;
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#state = 'COMPLETE';
    this.listener.completed(this);
  }

  revoke(): void {
    if (!this.isOpen) return;
    this.#state = 'REVOKED';
    this.listener.revoked(this);
  }

  /** True when the chunk was still held and its lease has to be given back. */
  giveUp(): boolean {
    if (!this.isOpen) return false;
    this.#state = 'RETURNED';
    return true;
  }

  /** What the ledger writes once every item has its result. */
  finished(): FinishedChunk {
    const batchWaitMs = Math.max(0, (this.#firstRunAt ?? this.claimedAt) - this.claimedAt);
    return {
      ...leaseOf(this),
      items: this.#results.map((result) => result!),
      timing: {
        heldMs: performance.now() - this.claimedAt, batchWaitMs, computeMs: this.#computeMs, ownComputeMs: this.#ownComputeMs, batchSize: this.#batchSize,
      },
    };
  }
}
