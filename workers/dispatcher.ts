import type { EntryData } from '../platform/queue/queue';
import type { Log } from '../platform/log';
import type { ClaimedChunk, JobLedger } from '../subgraphs/inference/worker.contract';
import { BatchRunner } from './batch-runner';
import type { ChunkTensors } from './chunk-tensors';
import { ChunkWork, type ChunkListener } from './chunk-work';
import type { ChunksInHand } from './chunks-in-hand';
import type { ClaimBatcher } from './claim-batcher';
import type { FinishBatcher } from './finish-batcher';
import { leaseOf } from './lease';
import { pause, within } from './persistence';
import { ReadyItems } from './ready-items';
import { RunEstimate } from './run-estimate';
import type { RunnerKeeper } from './runner-keeper';
import type { TensorBatching } from './runner.port';
import { WaitingEntries } from './waiting-entries';
import { WorkItem } from './work-item';

/** A run that ends by itself within this time is cheaper than a new runner. */
const CANCEL_GRACE_MS = 100;
const IDLE_POLL_MS = 10;
const CLAIM_REFUSED_DELAY_MS = 1_000;

/** Gives leases back to the ledger, trying until it answers. */
export type GiveBack = (leases: Parameters<JobLedger['giveBack']>[1]) => Promise<void>;

export interface DispatcherParts {
  maxBatchSize: number;
  maxBatchDelayMs: number;
  runner: Pick<RunnerKeeper, 'run' | 'kill'>;
  batching: TensorBatching;
  claims: ClaimBatcher;
  finishes: FinishBatcher;
  giveBack: GiveBack;
  inHand: ChunksInHand;
  tensors: ChunkTensors;
  /** Told after each chunk how many queue entries it makes sense to hold at the present pace. */
  paced: (entries: number) => void;
  log: Log;
}

/**
 * Keeps one runner busy. Entries wait QUEUED; a little ahead of the runner they are claimed, their items run back to back, in batches where the revision
 * allows, and finished chunks are written while the next ones run.
 */
export class Dispatcher implements ChunkListener {
  readonly #entries = new WaitingEntries();
  readonly #ready: ReadyItems;
  readonly #estimate: RunEstimate;
  readonly #batches: BatchRunner;
  /** Claimed and not yet complete. */
  readonly #chunks = new Set<ChunkWork>();
  /** Every claim and finish under way; shutdown waits for them. */
  readonly #underWay = new Set<Promise<void>>();
  #claiming = 0;
  #isClosed = false;
  #loop: Promise<void> | null = null;
  #running: ReadonlySet<ChunkWork> = new Set();
  #arrived: () => void = () => undefined;

  constructor(private readonly parts: DispatcherParts) {
    const { maxBatchSize, runner, batching, tensors, log } = parts;
    this.#ready = new ReadyItems(maxBatchSize);
    this.#estimate = new RunEstimate(maxBatchSize);
    this.#batches = new BatchRunner({ runner, batching, tensors, log, again: (items) => this.#ready.pushFront(items) });
  }

  /** The queue's handler: holds the entry until its chunk is claimed or known to be stale; from then on the row alone decides. */
  readonly handle = async (entry: EntryData): Promise<void> => {
    if (this.#isClosed) return this.parts.giveBack([leaseOf(entry)]);
    const released = this.#entries.hold(entry);
    // A tick later, so that entries which arrive together are claimed, and may be batched, together.
    if (this.#entries.size === 1) setImmediate(() => this.#claimMore());
    return released;
  };

  completed(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
    this.#estimate.observe({ computeMs: chunk.ownComputeMs, items: chunk.claimed.items.length });
    this.parts.paced(this.#estimate.entriesHeld());
    this.#track(this.#finish(chunk));
    this.#claimMore();
  }

  revoked(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
    this.parts.inHand.delete(chunk);
    const run = this.#running;
    if (run.has(chunk)) setTimeout(() => this.#running === run && this.parts.runner.kill(), CANCEL_GRACE_MS);
    this.#claimMore();
  }

  /** Claims no more, gives back what has not started, waits up to the grace for what has, and gives the rest back too. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const entries = this.#entries.take(this.#entries.size);
    const unstarted = this.#giveUp((chunk) => !chunk.hasStarted);
    const returned = this.parts.giveBack([...entries.map(({ data }) => leaseOf(data)), ...unstarted]);
    // Without a grace nothing may be awaited before all is given up: a replica that failed would spin on its own refusals.
    if (graceMs > 0) await within(this.#idle(), graceMs);
    const unfinished = this.#giveUp(() => true);
    if (unfinished.length > 0) this.parts.runner.kill();
    await Promise.all([returned, this.parts.giveBack(unfinished)]);
    for (const { release } of entries) release();
  }

  /** Forgets everything at once: the worker was declared gone and its leases are others' now. Returns the entries that were never claimed. */
  drop(): EntryData[] {
    this.#isClosed = true;
    this.#giveUp(() => true);
    this.#ready.clear();
    return this.#entries.take(this.#entries.size).map(({ data }) => data);
  }

  #giveUp(predicate: (chunk: ChunkWork) => boolean): ChunkWork[] {
    const given = [...this.#chunks].filter((chunk) => predicate(chunk) && chunk.giveUp());
    for (const chunk of given) {
      this.#chunks.delete(chunk);
      this.parts.inHand.delete(chunk);
    }
    return given;
  }

  /** Resolves once nothing runs and nothing is being written, or everything was given up. */
  async #idle(): Promise<void> {
    while (this.#chunks.size > 0) await pause(IDLE_POLL_MS);
    await Promise.all(this.#underWay);
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.parts.log.debug({ err: error }, 'work abandoned'))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Claims in gulps of at least half of what may be ahead, or whenever the runner is about to starve. */
  #claimMore(): void {
    if (this.#isClosed || this.#entries.size === 0) return;
    const ahead = this.#estimate.chunksAhead();
    const room = ahead - this.#chunks.size - this.#claiming;
    if (room <= 0 || (room < ahead / 2 && this.#chunks.size + this.#claiming > 1)) return;
    this.#track(this.#claim(room));
  }

  async #claim(count: number): Promise<void> {
    const entries = this.#entries.take(count);
    this.#claiming += entries.length;
    try {
      const claimed = await this.parts.claims.claim(entries.map(({ data }) => leaseOf(data)));
      await this.#admit(claimed.filter((chunk) => chunk !== null));
      for (const { release } of entries) release();
    } catch (error) {
      if (this.#isClosed) return;
      this.parts.log.error({ err: error }, 'claim refused');
      await pause(CLAIM_REFUSED_DELAY_MS);
      this.#entries.putBack(entries);
    } finally {
      this.#claiming -= entries.length;
      this.#arrived();
    }
    this.#claimMore();
  }

  async #admit(claimed: ClaimedChunk[]): Promise<void> {
    if (this.#isClosed) return this.parts.giveBack(claimed);
    for (const chunk of claimed) {
      const work = new ChunkWork(chunk, this);
      this.#chunks.add(work);
      this.parts.inHand.add(work);
      this.#ready.push(chunk.items.map((tensors, index) => new WorkItem({ chunk: work, index, tensors }, this.parts.tensors.read)));
    }
    this.#loop ??= this.#runAll().finally(() => { this.#loop = null; });
  }

  async #runAll(): Promise<void> {
    let isUnderLoad = false;
    while (!this.#ready.isEmpty) {
      if (isUnderLoad) await this.#linger();
      const batches = this.#ready.takeBatches(this.#estimate.itemsTogether());
      this.#running = new Set(batches.flat().map(({ chunk }) => chunk));
      const run = this.#batches.run(batches);
      this.#ready.prefetch();
      await run;
      this.#running = new Set();
      isUnderLoad = true;
    }
  }

  /** Lets a batch fill, but only while more is sure to come: claims under way. An idle runner never waits for what may come. */
  async #linger(): Promise<void> {
    const { maxBatchSize, maxBatchDelayMs } = this.parts;
    if (maxBatchSize === 1) return;
    for (;;) {
      const batch = this.#ready.peekBatch();
      const remainingMs = maxBatchDelayMs - (performance.now() - (batch[0]?.readyAt ?? 0));
      if (this.#ready.isFull(batch) || this.#claiming === 0 || remainingMs <= 0) return;
      await within(new Promise<void>((arrived) => { this.#arrived = arrived; }), remainingMs);
    }
  }

  async #finish(chunk: ChunkWork): Promise<void> {
    try {
      const outcome = await this.parts.finishes.finish(chunk.finished());
      if (outcome === 'STALE') this.parts.log.info({ jobId: chunk.jobId, chunk: chunk.chunk }, 'lease was taken away, result dropped');
    } finally {
      this.parts.inHand.delete(chunk);
    }
  }
}
