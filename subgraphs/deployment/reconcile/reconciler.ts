import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import type { Log } from '../../../platform/log';
import { applyPlans } from './plan.apply';
import { planReconciliation } from './plan';
import { readSnapshot, type RevisionBacklog } from './snapshot.store';
import { forgetOld, SILENCE_MS, sweep } from './sweep.store';

export interface ReconcilerDependencies {
  database: Database;
  bus: EventBus;
  log: Log;
  /** Null: superseded revisions are stopped whether or not work is queued for them. */
  backlog: RevisionBacklog | null;
  /** Milliseconds; by default the process's clock. */
  now?: () => number;
}

const LOCK = 'deployment reconciler';
const TICK_MS = 1_000;
const HOUSEKEEPING_MS = 3_600_000;

/**
 * The control loop: wanted state → replicas on workers. Level-triggered: each pass looks at all there is and forgets nothing on a crash;
 * hints only make it look sooner. Every process may run one; the lock lets a single pass happen at a time.
 */
export class Reconciler {
  #timer: NodeJS.Timeout | null = null;
  #releases: (() => void)[] = [];
  #running: Promise<void> | null = null;
  #isDue = false;
  #watchingSinceMs = 0;
  #lastPassMs = 0;
  #lastHousekeepingMs = 0;

  readonly #now: () => number;

  constructor(private readonly dependencies: ReconcilerDependencies) {
    this.#now = dependencies.now ?? Date.now;
  }

  async start(): Promise<void> {
    this.#timer = setInterval(this.kick, TICK_MS);
    for (const topic of ['deployment', 'worker'] as const) this.#releases.push(await this.dependencies.bus.subscribeAll(topic, this.kick));
    this.kick();
  }

  /** Waits for the pass in hand. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    for (const release of this.#releases.splice(0)) release();
    await this.#running;
  }

  /** Asks for a pass soon; asking during one means one more after it. */
  readonly kick = (): void => {
    this.#isDue = true;
    if (this.#timer) this.#running ??= this.#runWhileDue().finally(() => { this.#running = null; });
  };

  /** One pass, unless another process makes one just now. */
  async pass(): Promise<void> {
    await this.dependencies.database.exclusively(LOCK, () => this.#pass());
    // Also where another process made it: someone watches, so a silence heard of later is one.
    this.#lastPassMs = this.#now();
  }

  async #runWhileDue(): Promise<void> {
    while (this.#isDue && this.#timer) {
      this.#isDue = false;
      await this.pass().catch((error: unknown) => this.dependencies.log.warn({ err: error }, 'reconciler pass failed'));
    }
  }

  async #pass(): Promise<void> {
    const { database, bus, backlog } = this.dependencies;
    const expectsHeartbeats = this.#expectsHeartbeats();
    const swept = await database.transaction((manager) => sweep(manager, { expectsHeartbeats }));
    const applied = await applyPlans(database, planReconciliation(await readSnapshot(database, backlog)));
    for (const id of swept.workerIds) bus.publish('worker', id);
    for (const id of applied.workerIds) bus.publish('replica', id);
    for (const id of new Set([...swept.deploymentIds, ...applied.deploymentIds])) bus.publish('deployment', id);
    await this.#keepHouse();
  }

  /**
   * A silence counts only if this process could have heard: after it started, or after the database was away, workers get the time of
   * a silence to be heard again. Otherwise an outage of Postgres would throw every replica away.
   */
  #expectsHeartbeats(): boolean {
    const now = this.#now();
    if (now - this.#lastPassMs > SILENCE_MS / 2) this.#watchingSinceMs = now;
    return now - this.#watchingSinceMs >= SILENCE_MS;
  }

  async #keepHouse(): Promise<void> {
    if (this.#now() - this.#lastHousekeepingMs < HOUSEKEEPING_MS) return;
    this.#lastHousekeepingMs = this.#now();
    await this.dependencies.database.transaction(forgetOld);
  }
}
