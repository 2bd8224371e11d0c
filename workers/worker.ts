import type { Log } from '../platform/log';
import { messageOf } from '../platform/errors';
import type { WorkerDescription } from '../subgraphs/deployment/worker.contract';
import type { DirectReplicas } from './direct/direct-replicas';
import { Incarnation, type IncarnationParts } from './incarnation';
import { pause, untilAnswered } from './persistence';

const BEAT_MS = 2_000;
const SHUTDOWN_GRACE_MS = 10_000;

export interface WorkerParts extends IncarnationParts {
  describe(): WorkerDescription;
}

/**
 * A process that hosts replicas. It registers under a stable name, heartbeats, and holds what it is assigned; told that it is gone, it drops
 * everything and registers anew. Losing Postgres for a while only makes it wait.
 */
export class Worker implements DirectReplicas {
  #incarnation: Incarnation | null = null;
  #unsubscribe: () => void = () => undefined;
  #isDue: () => void = () => undefined;
  readonly #stopping = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  readonly #log: Log;

  constructor(private readonly parts: WorkerParts) {
    this.#log = parts.log;
  }

  /** Resolves once registered. */
  async start(): Promise<void> {
    await this.parts.folders.clear();
    await this.#register();
    this.#beating = this.#beat();
  }

  async stop(graceMs = SHUTDOWN_GRACE_MS): Promise<void> {
    this.#stopping.abort(new Error('The worker is stopping.'));
    this.#unsubscribe();
    await this.#beating;
    const incarnation = this.#incarnation;
    if (!incarnation) return;
    // A worker that finishes its last runs is alive: silent for 6 s it would be declared gone and they would be run again elsewhere.
    const pulse = setInterval(() => void this.parts.placement.heartbeat(incarnation.workerId).catch(() => undefined), BEAT_MS);
    await incarnation.leave(graceMs).finally(() => clearInterval(pulse));
  }

  /** For the direct lane. */
  replica(id: string): ReturnType<DirectReplicas['replica']> {
    return this.#incarnation?.replica(id) ?? null;
  }

  async #register(): Promise<void> {
    const { placement, bus, describe } = this.parts;
    const workerId = await untilAnswered('register', () => placement.register(describe()), { log: this.#log, signal: this.#stopping.signal });
    this.#incarnation = new Incarnation(workerId, { ...this.parts, log: this.#log.child({ workerId }) });
    await this.#incarnation.start();
    this.#unsubscribe();
    this.#unsubscribe = await bus.subscribe('replica', workerId, () => this.#isDue());
    this.#log.info({ workerId, name: describe().name }, 'worker registered');
  }

  /** One heartbeat and one look at the assignments every 2 s; hints bring the look forward. */
  async #beat(): Promise<void> {
    let beatenAt = -Infinity;
    while (!this.#stopping.signal.aborted) {
      const due = new Promise<void>((resolve) => { this.#isDue = resolve; });
      try {
        if (performance.now() - beatenAt >= BEAT_MS) {
          beatenAt = performance.now();
          await this.#heartbeat();
        }
        await this.#reconcile();
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#log.warn({ reason: messageOf(error) }, 'heartbeat not answered');
      }
      const untilBeatMs = Math.max(0, beatenAt + BEAT_MS - performance.now());
      await Promise.race([due, pause(untilBeatMs, this.#stopping.signal)]);
    }
  }

  async #heartbeat(): Promise<void> {
    const incarnation = this.#incarnation!;
    if (await this.parts.placement.heartbeat(incarnation.workerId)) return incarnation.tellPaces();
    this.#log.warn({ workerId: incarnation.workerId }, 'declared gone, dropping all work and registering again');
    await incarnation.drop();
    await this.#register();
  }

  async #reconcile(): Promise<void> {
    const incarnation = this.#incarnation!;
    incarnation.reconcile(await this.parts.placement.assignments(incarnation.workerId));
  }
}
