import type { Delivery, EntryData } from '../platform/queue/queue';
import type { Log } from '../platform/log';
import type { BatchTime } from '../subgraphs/deployment/worker.contract';
import type { Lease, WorkRecorder } from '../subgraphs/inference/worker.contract';
import { BatchRunner } from './batch-runner';
import { ChunkTaker } from './chunk-taker';
import type { ChunkTensors } from './chunk-tensors';
import { ChunkWork, type ChunkListener, type TakenChunk } from './chunk-work';
import type { ChunksInHand } from './chunks-in-hand';
import type { ClaimBatcher } from './claim-batcher';
import type { FinishBatcher } from './finish-batcher';
import type { CallOwner, DirectCall } from './direct/direct-call';
import { DirectCalls } from './direct/direct-calls';
import type { Generation } from './generation/generation';
import { Generations } from './generation/generations';
import { ItemOrder } from './item-order';
import { LateItems } from './late-items';
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
import { TakenChunks } from './taken-chunks';
import { sizeOf, WorkItem } from './work-item';
import { WorkUnderWay } from './work-under-way';

const IDLE_POLL_MS = 10;

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
  runner: Pick<RunnerKeeper, 'run' | 'kill' | 'forget'>;
  /** Generations at a time. */
  maxGenerations: number;
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
 * Keeps one runner busy with the items of both lanes: chunks are taken a little ahead of it, items run back to back, in batches where the revision allows,
 * and finished chunks are written while the next ones run.
 */
export class Dispatcher implements ChunkListener, CallOwner {
  readonly #ready: ReadyItems;
  readonly #estimate: RunEstimate;
  readonly #runs: RunLoop;
  readonly #saved: SavedCompute;
  readonly #taker: ChunkTaker;
  readonly #chunks: TakenChunks;
  readonly #calls = new DirectCalls();
  readonly #generations: Generations;
  readonly #underWay: WorkUnderWay;
  #isClosed = false;

  constructor(private readonly parts: DispatcherParts) {
    const { maxBatchSize, claims, log, device, namespace, table, inHand, runner, maxGenerations } = parts;
    const prediction = new RunPrediction(table);
    const order = new ItemOrder({ policy: device.policy, namespace, prediction });
    this.#ready = new ReadyItems(maxBatchSize, order);
    this.#estimate = new RunEstimate(maxBatchSize);
    this.#saved = new SavedCompute({ ...parts, estimate: this.#estimate });
    this.#underWay = new WorkUnderWay(log);
    this.#chunks = new TakenChunks(inHand);
    this.#generations = new Generations({
      most: maxGenerations, run: (item) => this.#join(item), endRunOf: (source) => this.#runs.endRunOf(source), forget: (name) => runner.forget(name),
    });
    this.#taker = new ChunkTaker({
      claims, log, estimate: this.#estimate, chunks: this.#chunks, underWay: this.#underWay,
      admit: (taken) => this.#admit(taken),
      arrived: () => this.#runs.arrived(),
    });
    this.#runs = this.#loop(prediction, order);
  }

  /** The queue's handler: holds the entry until its chunks are claimed or known to be stale; from then on the rows alone decide. */
  readonly handle = async (entry: EntryData, delivery: Delivery): Promise<void> => {
    if (this.#isClosed) return this.parts.giveBack([...entry]);
    return this.#taker.hold(entry, delivery);
  };

  /** Milliseconds of compute per item of late; null before the first chunk. */
  get itemMs(): number | null {
    return this.#estimate.itemMs;
  }

  completed(chunk: ChunkWork): void {
    this.#chunks.completed(chunk);
    this.#estimate.observe({ computeMs: chunk.ownComputeMs, items: chunk.claimed.items.length });
    this.parts.paced(this.#estimate.entriesHeld());
    this.#underWay.track(this.#finish(chunk));
    this.#taker.takeMore();
  }

  revoked(chunk: ChunkWork): void {
    this.#chunks.letGo(chunk);
    chunk.release();
    // Of what was only read the row tells whoever ended it that nobody had begun: it is counted there.
    if (chunk.isClaimed) this.#saved.ended({ items: chunk.openItems, spentMs: this.#runs.spentMs(chunk), deadlineAt: chunk.deadlineAt });
    this.#runs.endRunOf(chunk);
    this.#taker.takeMore();
  }

  /** A call of the direct lane: its item meets those of the queue in one batcher and one runner, in their common order. */
  call(call: DirectCall): void {
    if (this.#isClosed) return DirectCalls.refuse(call);
    call.ownedBy(this);
    this.#calls.add(call);
    this.#join(DirectCalls.itemOf(call, this.parts.batching));
  }

  /** Its steps meet all else there is to run, one at a time. */
  generate(generation: Generation): void {
    if (this.#isClosed) Generations.refuse(generation);
    else this.#generations.begin(generation);
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
    const waiting = this.#taker.close();
    const unstarted = this.#chunks.giveUp((chunk) => !chunk.hasStarted);
    this.#calls.refuseUnstarted();
    this.#generations.refuseUnstarted();
    const returned = this.parts.giveBack([...waiting.map(({ lease }) => lease), ...unstarted]);
    // Without a grace nothing may be awaited before all is given up: a replica that failed would spin on its own refusals.
    if (graceMs > 0) await within(this.#idle(), graceMs);
    const unfinished = this.#chunks.giveUp(() => true);
    if (unfinished.length + this.#calls.loseAll() + this.#generations.loseAll() > 0) this.parts.runner.kill();
    await Promise.all([returned, this.parts.giveBack(unfinished)]);
    for (const { release } of [...waiting, ...unstarted, ...unfinished]) release();
  }

  /** Forgets everything at once: the worker was declared gone and its leases are others' now. Returns the leases that were never claimed. */
  drop(): Lease[] {
    this.#isClosed = true;
    const given = this.#chunks.giveUp(() => true);
    this.#calls.refuseUnstarted();
    this.#calls.loseAll();
    this.#generations.refuseUnstarted();
    this.#generations.loseAll();
    this.#ready.clear();
    return [...this.#taker.close().map(({ lease }) => lease), ...given.filter(({ isClaimed }) => !isClaimed).map(leaseOf)];
  }

  #join(item: WorkItem): void {
    this.#ready.push([item]);
    // A tick later, so that what arrives together may be batched.
    if (!this.#runs.isRunning) setImmediate(() => this.#runs.start());
  }

  #loop(prediction: RunPrediction, order: ItemOrder): RunLoop {
    const { runner, batching, log, device, namespace, maxBatchSize, maxBatchDelayMs } = this.parts;
    const ready = this.#ready;
    return new RunLoop({
      ready, order, late: new LateItems(prediction), device, namespace, maxBatchSize, maxBatchDelayMs, estimate: this.#estimate,
      batches: new BatchRunner({
        runner, batching, log,
        again: (items) => ready.pushFront(items),
        ran: (items, computeMs) => prediction.observe(sizeOf(items), computeMs),
      }),
      kill: () => runner.kill(),
      isMoreComing: () => this.#taker.isTaking,
      dropped: (items) => this.#saved.dropped(items),
    });
  }

  /** Resolves once nothing runs and nothing is being written, or everything was given up. */
  async #idle(): Promise<void> {
    while (this.#chunks.size + this.#calls.size + this.#generations.size > 0) await pause(IDLE_POLL_MS);
    await this.#underWay.settled();
  }

  async #admit(taken: TakenChunk[]): Promise<ChunkWork[]> {
    if (this.#isClosed) {
      await this.parts.giveBack(taken.map(({ chunk }) => chunk));
      for (const { release } of taken) release();
      return [];
    }
    const chunks = taken.map((each) => new ChunkWork(each, this));
    for (const chunk of chunks) {
      this.#chunks.add(chunk);
      const storage = this.parts.tensors.of(chunk);
      this.#ready.push(chunk.claimed.items.map((tensors, index) => new WorkItem({ source: chunk, index, tensors }, storage, this.parts.batching)));
    }
    this.#runs.start();
    return chunks;
  }

  async #finish(chunk: ChunkWork): Promise<void> {
    try {
      const outcome = await this.parts.finishes.finish(chunk.finished());
      if (outcome === 'STALE') this.parts.log.info({ jobId: chunk.jobId, chunk: chunk.chunk }, 'lease was taken away, result dropped');
      chunk.release();
    } finally {
      this.#chunks.letGo(chunk);
    }
  }
}
