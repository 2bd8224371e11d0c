import { ReadyQueue } from './ready-queue';
import type { Schedulable, SchedulingPolicy } from './schedule-policy';

export interface DeviceSettings {
  policy: SchedulingPolicy;
  /** Runs that compute at a time. */
  slots: number;
}

/** The right to compute; given back with `release`, which may be called once. */
export interface DeviceSlot {
  release(): void;
}

/** A run that holds its slot longer shares the processor from then on: one that never ends must not keep all others waiting until its timeout. */
const LEND_AFTER_MS = 1_000;

interface Waiting extends Schedulable {
  resolve(slot: DeviceSlot | null): void;
}

interface Holder {
  readonly namespace: string;
  readonly since: number;
  isLent: boolean;
}

/** The one place of a worker that says which of its replicas computes next. */
export class DeviceScheduler {
  readonly #waiting: ReadyQueue<Waiting>;
  readonly #holders = new Set<Holder>();
  #taken = 0;
  #lending: NodeJS.Timeout | null = null;

  constructor(private readonly settings: DeviceSettings) {
    this.#waiting = new ReadyQueue(settings.policy);
  }

  get policy(): SchedulingPolicy {
    return this.settings.policy;
  }

  /** What waits for a slot, and how long all of it computes. */
  get queue(): { depth: number; waitingMs: number } {
    return { depth: this.#waiting.depth, waitingMs: this.#waiting.waitingMs };
  }

  /**
   * At once while slots are free, else when it is its turn; null: what was described would be done too late.
   * @param describe asked only when it has to wait
   */
  take(namespace: string, describe: () => Schedulable): DeviceSlot | Promise<DeviceSlot | null> {
    if (this.#taken < this.settings.slots && this.#waiting.depth === 0) return this.#grant(namespace);
    return new Promise((resolve) => {
      this.#waiting.push({ ...describe(), namespace, resolve });
      this.#serve();
    });
  }

  #grant(namespace: string): DeviceSlot {
    const holder: Holder = { namespace, since: performance.now(), isLent: false };
    this.#holders.add(holder);
    this.#waiting.begin(namespace);
    this.#taken += 1;
    return { release: () => this.#release(holder) };
  }

  #release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return;
    if (!holder.isLent) this.#taken -= 1;
    this.#waiting.charge(holder.namespace, performance.now() - holder.since);
    this.#serve();
  }

  #serve(): void {
    while (this.#taken < this.settings.slots && this.#waiting.depth > 0) {
      const { task, dropped } = this.#waiting.next(performance.now());
      for (const late of dropped) late.resolve(null);
      task?.resolve(this.#grant(task.namespace));
    }
    if (this.#waiting.depth > 0) this.#lending ??= setTimeout(() => this.#lend(), this.#untilLendMs());
  }

  #untilLendMs(): number {
    const oldest = Math.min(...[...this.#holders].filter(({ isLent }) => !isLent).map(({ since }) => since));
    return Math.max(0, oldest + LEND_AFTER_MS - performance.now());
  }

  #lend(): void {
    this.#lending = null;
    const now = performance.now();
    for (const holder of this.#holders) {
      if (holder.isLent || now - holder.since < LEND_AFTER_MS) continue;
      holder.isLent = true;
      this.#taken -= 1;
    }
    this.#serve();
  }
}
