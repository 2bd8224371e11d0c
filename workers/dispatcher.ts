import type { Delivery, EntryData } from '../platform/queue/queue';
import type { Log } from '../platform/log';
import type { BatchTime } from '../subgraphs/deployment/worker.contract';
import type { Lease, WorkRecorder } from '../subgraphs/inference/worker.contract';
import { BatchRunner } from './batch-runner';
import type { ChunkTensors } from './chunk-tensors';
import { ChunkIntake } from './chunk-intake';
import { ChunkWork, type ChunkListener, type TakenChunk } from './chunk-work';
import type { ChunksInHand } from './chunks-in-hand';
import type { ClaimBatcher } from './claim-batcher';
import type { FinishBatcher } from './finish-batcher';
import type { CallOwner, DirectCall } from './direct/direct-call';
import { DirectCalls } from './direct/direct-calls';
import { leaseOf } from './lease';
import { SavedCompute } from './metrics/saved-compute';
import { pause, within } from './persistence';
import { ReadyItems } from './ready-items';
import { RunEstimate } from './run-estimate';
import { RunLoop } from './run-loop';
import type { RunnerKeeper } from './runner-keeper';
import type { TensorBatching } from './runner.port';
import type { DeviceScheduler } from './scheduler/device-scheduler';
import { RunPrediction } from './scheduler/run-prediction';
import { sizeOf, WorkItem } from './work-item';

const IDLE_POLL_MS = 10;
const CLAIM_REFUSED_DELAY_MS = 1_000;
/** What was only read and is not done by then is claimed, for people to see it RUNNING and to cancel it. */
const CLAIM_LATE_MS = 100;

/** Gives leases back to the ledger, trying until it answers. */
export type GiveBack = (leases: Lease[]) => Promise<void>;

export interface DispatcherParts {
  namespace: string;
  deploymentId: string;
  maxBatchSize: number;
  maxBatchDelayMs: number;
  /** What runs took when the revision was measured; may be empty. */
  table: readonly BatchTime[];
  /** Shared with the other replicas of the worker. */
  device: DeviceScheduler;
  runner: Pick<RunnerKeeper, 'run' | 'kill'>;
  batching: TensorBatching;
  claims: ClaimBatcher;
  finishes: FinishBatcher;
  giveBack: GiveBack;
  inHand: ChunksInHand;
  tensors: ChunkTensors;
  recorder: Pick<WorkRecorder, 'saved'>;
  /** Told after each chunk how many queue entries it makes sense to hold at the present pace. */
  paced: (entries: number) => void;
  log: Log;
}

/**
 * Keeps one runner busy. Entries wait QUEUED; a little ahead of the runner they are claimed, their items run back to back, in batches where the revision
 * allows, and finished chunks are written while the next ones run. Chunks known to be short are only read, and claimed by the statement that finishes them:
 * a third of the writes and one commit less on their way.
 */
export class Dispatcher implements ChunkListener, CallOwner {
  readonly #intake: ChunkIntake;
  readonly #ready: ReadyItems;
  readonly #estimate: RunEstimate;
  readonly #runs: RunLoop;
  readonly #saved: SavedCompute;
  /** Taken and not yet complete. */
  readonly #chunks = new Set<ChunkWork>();
  readonly #calls = new DirectCalls();
  /** Every claim, read and finish under way; shutdown waits for them. */
  readonly #underWay = new Set<Promise<void>>();
  #taking = 0;
  #isClosed = false;

  constructor(private readonly parts: DispatcherParts) {
    const { maxBatchSize, maxBatchDelayMs, runner, batching, claims, log, device, namespace, table } = parts;
    const [ready, estimate, prediction] = [new ReadyItems(maxBatchSize), new RunEstimate(maxBatchSize), new RunPrediction(table)];
    this.#intake = new ChunkIntake(claims);
    this.#ready = ready;
    this.#estimate = estimate;
    this.#saved = new SavedCompute({ ...parts, estimate });
    this.#runs = new RunLoop({
      ready, estimate, prediction, device, namespace, maxBatchSize, maxBatchDelayMs,
      batches: new BatchRunner({
        runner, batching, log,
        again: (items) => ready.pushFront(items),
        ran: (items, computeMs) => prediction.observe(sizeOf(items), computeMs),
      }),
      kill: () => runner.kill(),
      isMoreComing: () => this.#taking > 0,
      dropped: (items) => this.#saved.dropped(items),
    });
  }

  /** The queue's handler: holds the entry until its chunks are claimed or known to be stale; from then on the rows alone decide. */
  readonly handle = async (entry: EntryData, delivery: Delivery): Promise<void> => {
    if (this.#isClosed) return this.parts.giveBack([...entry]);
    const isFirst = this.#intake.size === 0;
    const released = this.#intake.hold(entry, delivery);
    // A tick later, so that entries which arrive together are claimed, and may be batched, together; what shares an entry has gathered before.
    if (entry.length > 1) this.#takeMore();
    else if (isFirst) setImmediate(() => this.#takeMore());
    return released;
  };

  /** Milliseconds of compute per item of late; null before the first chunk. */
  get itemMs(): number | null {
    return this.#estimate.itemMs;
  }

  completed(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
    this.#estimate.observe({ computeMs: chunk.ownComputeMs, items: chunk.claimed.items.length });
    this.parts.paced(this.#estimate.entriesHeld());
    this.#track(this.#finish(chunk));
    this.#takeMore();
  }

  revoked(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
    chunk.release();
    this.parts.inHand.delete(chunk);
    // Of what was only read the row tells whoever ended it that nobody had begun: it is counted there.
    if (chunk.isClaimed) this.#saved.ended({ items: chunk.openItems, spentMs: this.#runs.spentMs(chunk), deadlineAt: chunk.deadlineAt });
    this.#runs.endRunOf(chunk);
    this.#takeMore();
  }

  /** A call of the direct lane: its item meets those of the queue in one batcher and one runner, behind what is ready already. */
  call(call: DirectCall): void {
    if (this.#isClosed) return DirectCalls.refuse(call);
    call.ownedBy(this);
    this.#calls.add(call);
    this.#ready.push([DirectCalls.itemOf(call)]);
    // A tick later, so that calls which arrive together may be batched.
    if (!this.#runs.isRunning) setImmediate(() => this.#runs.start());
  }

  ended(call: DirectCall): void {
    this.#calls.delete(call);
    if (call.ownComputeMs > 0) this.#estimate.observe({ computeMs: call.ownComputeMs, items: 1 });
  }

  canceled(call: DirectCall): void {
    this.#calls.delete(call);
    this.#saved.ended({ items: 1, spentMs: this.#runs.spentMs(call), deadlineAt: call.deadlineAt });
    this.#runs.endRunOf(call);
  }

  /** Takes no more, gives back what has not started, waits up to the grace for what has, and gives the rest back too. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const waiting = this.#intake.take(this.#intake.size);
    const unstarted = this.#giveUp((chunk) => !chunk.hasStarted);
    this.#calls.refuseUnstarted();
    const returned = this.parts.giveBack([...waiting.map(({ lease }) => lease), ...unstarted]);
    // Without a grace nothing may be awaited before all is given up: a replica that failed would spin on its own refusals.
    if (graceMs > 0) await within(this.#idle(), graceMs);
    const unfinished = this.#giveUp(() => true);
    if (unfinished.length + this.#calls.loseAll() > 0) this.parts.runner.kill();
    await Promise.all([returned, this.parts.giveBack(unfinished)]);
    for (const { release } of [...waiting, ...unstarted, ...unfinished]) release();
  }

  /** Forgets everything at once: the worker was declared gone and its leases are others' now. Returns the leases that were never claimed. */
  drop(): Lease[] {
    this.#isClosed = true;
    const given = this.#giveUp(() => true);
    this.#calls.refuseUnstarted();
    this.#calls.loseAll();
    this.#ready.clear();
    return [...this.#intake.take(this.#intake.size).map(({ lease }) => lease), ...given.filter(({ isClaimed }) => !isClaimed).map(leaseOf)];
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
    while (this.#chunks.size + this.#calls.size > 0) await pause(IDLE_POLL_MS);
    await Promise.all(this.#underWay);
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.parts.log.debug({ err: error }, 'work abandoned'))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Takes in gulps of at least half of what may be ahead, or whenever the runner is about to starve. */
  #takeMore(): void {
    if (this.#isClosed || this.#intake.size === 0) return;
    const ahead = this.#estimate.chunksAhead();
    const room = ahead - this.#chunks.size - this.#taking;
    if (room <= 0 || (room < ahead / 2 && this.#chunks.size + this.#taking > 1)) return;
    this.#track(this.#take(room));
  }

  async #take(count: number): Promise<void> {
    const waiting = this.#intake.take(count);
    this.#taking += waiting.length;
    const isRead = this.#estimate.isShort && !waiting.some(({ isRepeated }) => isRepeated);
    try {
      await this.#admit(await (isRead ? this.#intake.read(waiting) : this.#intake.claim(waiting)));
    } catch (error) {
      if (this.#isClosed) return;
      this.parts.log.error({ err: error }, 'claim refused');
      await pause(CLAIM_REFUSED_DELAY_MS);
      this.#intake.putBack(waiting);
    } finally {
      this.#taking -= waiting.length;
      this.#runs.arrived();
    }
    this.#takeMore();
  }

  async #admit(taken: TakenChunk[]): Promise<void> {
    if (this.#isClosed) {
      await this.parts.giveBack(taken.map(({ chunk }) => chunk));
      for (const { release } of taken) release();
      return;
    }
    const chunks = taken.map((each) => new ChunkWork(each, this));
    for (const chunk of chunks) {
      this.#chunks.add(chunk);
      if (chunk.isClaimed) this.parts.inHand.add(chunk);
      const storage = this.parts.tensors.of(chunk);
      this.#ready.push(chunk.claimed.items.map((tensors, index) => new WorkItem({ source: chunk, index, tensors }, storage)));
    }
    if (chunks.some(({ isClaimed }) => !isClaimed)) setTimeout(() => this.#track(this.#claimLate(chunks)), CLAIM_LATE_MS).unref();
    this.#runs.start();
  }

  /** A chunk that completes meanwhile is finished by its own statement, whichever comes first. */
  async #claimLate(chunks: readonly ChunkWork[]): Promise<void> {
    const open = chunks.filter((chunk) => chunk.isOpen && !chunk.isClaimed);
    if (open.length === 0) return;
    const isOurs = await this.#intake.claimLate(open.map(leaseOf));
    open.forEach((chunk, position) => {
      if (!isOurs[position]) return chunk.revoke();
      chunk.wasClaimed();
      if (chunk.isOpen) this.parts.inHand.add(chunk);
    });
  }

  async #finish(chunk: ChunkWork): Promise<void> {
    try {
      const outcome = await this.parts.finishes.finish(chunk.finished());
      if (outcome === 'STALE') this.parts.log.info({ jobId: chunk.jobId, chunk: chunk.chunk }, 'lease was taken away, result dropped');
      chunk.release();
    } finally {
      this.parts.inHand.delete(chunk);
    }
  }
}
