import { PlatformError, messageOf } from '../platform/errors';
import { canMove } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import { revisionQueue, type QueueBackend, type QueueConsumer } from '../platform/queue/queue';
import type { Assignment, BatchProfile, RevisionSpec } from '../subgraphs/deployment/worker.contract';
import type { BatchTuner } from './autotune/batch-tuner';
import { DirectCalls } from './direct/direct-calls';
import type { DirectCall } from './direct/direct-call';
import { Dispatcher, type DispatcherParts } from './dispatcher';
import type { Generation } from './generation/generation';
import { Generations } from './generation/generations';
import type { ModelFolders } from './model-folder';
import { within } from './persistence';
import { REPLICA_LIFECYCLE, type ReplicaState } from './replica.lifecycle';
import type { ReplicaReporter } from './replica-reporter';
import { RunnerKeeper } from './runner-keeper';
import type { BatchingOf, RunnerLoader } from './runner.port';

/** What a replica shares with the others of its worker. */
export interface ReplicaParts extends Pick<DispatcherParts, 'claims' | 'device' | 'finishes' | 'giveBack' | 'inHand' | 'maxGenerations' | 'recorder' | 'tensors'> {
  folders: ModelFolders;
  loader: RunnerLoader;
  batching: BatchingOf;
  queue: QueueBackend;
  reporter: ReplicaReporter;
  /** Null: nothing is measured, and batching is off where a revision does not ask for it. */
  tuner: Pick<BatchTuner, 'tune'> | null;
  concurrency: number;
  log: Log;
}

/** The queue's own share of a clean end, once nothing is held any more. */
const CONSUMER_CLOSE_MS = 2_000;
/** Queue entries held before the first run tells the pace: few, since they are out of reach for others while the runner warms up. */
const FIRST_ENTRIES = 4;

/** One loaded revision: its model file, its runner, and the consumer of its queue. */
export class Replica {
  readonly id: string;
  readonly revision: RevisionSpec;
  #profile: BatchProfile | null;
  #state: ReplicaState = 'LOADING';
  #keeper: RunnerKeeper | null = null;
  #dispatcher: Dispatcher | null = null;
  #consumer: QueueConsumer | null = null;
  /** Queue entries held at a time. */
  #held = 0;
  readonly #log: Log;

  constructor(assignment: Assignment, private readonly parts: ReplicaParts) {
    this.id = assignment.replicaId;
    this.revision = assignment.revision;
    this.#profile = assignment.profile;
    this.#log = parts.log.child({ replicaId: this.id, revisionId: this.revision.id });
  }

  get state(): ReplicaState {
    return this.#state;
  }

  get #isServing(): boolean {
    return this.#state === 'READY' || this.#state === 'RESTARTING';
  }

  /** Milliseconds of compute per item of late; null before the first run. */
  get itemMs(): number | null {
    return this.#dispatcher?.itemMs ?? null;
  }

  /** Loads and begins to consume; ends READY or FAILED and never rejects. */
  async start(): Promise<void> {
    const { folders, loader, reporter } = this.parts;
    const startedAt = performance.now();
    try {
      void reporter.report({ replicaId: this.id, state: 'LOADING' });
      const file = await folders.open(this.id, this.revision);
      // It was stopped while its files came, and what was there of its folder was removed.
      if (this.#state !== 'LOADING') return void await folders.close(this.id);
      this.#keeper = new RunnerKeeper({ loader, spec: this.revision, file, listener: this.#listener(), log: this.#log });
      await this.#keeper.start();
      await this.#tune(this.#keeper);
      await this.#consume(this.#keeper);
      this.#log.info({ loadMs: Math.round(performance.now() - startedAt) }, 'replica ready');
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** Runs a call of the direct lane, or refuses it unstarted. */
  call(call: DirectCall): void {
    if (this.#dispatcher && this.#isServing) this.#dispatcher.call(call);
    else DirectCalls.refuse(call);
  }

  /** Steps a generation to its end, or refuses it unstarted. */
  generate(generation: Generation): void {
    if (this.#dispatcher && this.#isServing) this.#dispatcher.generate(generation);
    else Generations.refuse(generation);
  }

  /** Finishes what runs within the grace, gives the rest back and reports STOPPED. */
  async stop(graceMs: number): Promise<void> {
    if (!this.#move('STOPPED')) return;
    await this.#release(graceMs);
    await this.parts.reporter.report({ replicaId: this.id, state: 'STOPPED' });
  }

  /** Ends at once and tells nobody: the worker was declared gone. */
  async drop(): Promise<void> {
    this.#move('STOPPED');
    const neverClaimed = this.#dispatcher?.drop() ?? [];
    await this.#keeper?.close(true);
    await this.#consumer?.close(true);
    await this.parts.folders.close(this.id);
    // Not waited for, it may take as long as Postgres is away. Their rows are QUEUED and name no worker: no sweeper would look for them.
    void this.parts.giveBack(neverClaimed).catch(() => undefined);
  }

  /** The runner dies and comes back without the deployment hearing of it: nothing is placed differently for half a second. */
  #listener(): ConstructorParameters<typeof RunnerKeeper>[0]['listener'] {
    return {
      restarting: () => this.#move('RESTARTING'),
      ready: () => this.#state === 'RESTARTING' && this.#move('READY'),
      failed: (error) => void this.#fail(error),
    };
  }

  /** Before the first request, so that nothing disturbs it, and once for a revision on this machine. */
  async #tune(keeper: RunnerKeeper): Promise<void> {
    const { tuner, reporter } = this.parts;
    if (this.#profile || !tuner || this.#state !== 'LOADING') return;
    this.#profile = await tuner.tune(this.revision, keeper);
    const { chosenMaxBatch, gain, reason } = this.#profile;
    this.#log.info({ chosenMaxBatch, gain, reason }, 'batch sizes measured');
    // Not of a replica that was stopped meanwhile: its runner was, too.
    if (this.#state === 'LOADING') await reporter.profiled(this.id, this.#profile);
  }

  async #consume(keeper: RunnerKeeper): Promise<void> {
    const { maxBatchDelayMs, namespace, deploymentId } = this.revision;
    const table = this.#profile?.table ?? [];
    const maxBatchSize = this.revision.maxBatchSize ?? this.#profile?.chosenMaxBatch ?? 1;
    const { queue, concurrency, reporter } = this.parts;
    const paced = (entries: number): void => this.#resize(Math.min(concurrency, entries));
    this.#dispatcher = new Dispatcher({
      ...this.parts, batching: this.parts.batching(this.revision), maxBatchSize, maxBatchDelayMs, namespace, deploymentId, table, runner: keeper, paced, log: this.#log,
    });
    if (!this.#move('READY')) return this.#release(0);
    this.#held = Math.min(concurrency, FIRST_ENTRIES);
    const consumer = await queue.consume(revisionQueue(this.revision.id), this.#dispatcher.handle, { concurrency: this.#held });
    if (this.#state === 'STOPPED' || this.#state === 'FAILED') return consumer.close(true);
    this.#consumer = consumer;
    await reporter.report({ replicaId: this.id, state: 'READY' });
  }

  #resize(entries: number): void {
    if (entries === this.#held) return;
    this.#held = entries;
    this.#consumer?.resize(entries);
  }

  async #fail(error: unknown): Promise<void> {
    if (!this.#move('FAILED')) return;
    const known = error instanceof PlatformError ? error : new PlatformError('REPLICA_FAILED', messageOf(error));
    this.#log.warn({ code: known.code, reason: known.message }, 'replica failed');
    await this.#release(0);
    await this.parts.reporter.report({ replicaId: this.id, state: 'FAILED', reason: { code: known.code, message: known.message } });
  }

  async #release(graceMs: number): Promise<void> {
    const consumerClosed = this.#consumer?.close();
    await this.#dispatcher?.close(graceMs).catch((error: unknown) => this.#log.warn({ err: error }, 'work not given back'));
    await within(consumerClosed, CONSUMER_CLOSE_MS);
    await this.#keeper?.close(graceMs === 0);
    await this.parts.folders.close(this.id);
  }

  #move(to: ReplicaState): boolean {
    if (!canMove(REPLICA_LIFECYCLE, this.#state, to)) return false;
    this.#state = to;
    return true;
  }
}
