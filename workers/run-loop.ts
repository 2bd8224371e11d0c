import type { BatchRunner } from './batch-runner';
import type { ItemOrder } from './item-order';
import type { ItemSource } from './item-source';
import type { LateItems } from './late-items';
import { within } from './persistence';
import type { ReadyItems } from './ready-items';
import type { RunEstimate } from './run-estimate';
import type { DeviceScheduler, DeviceSlot } from './scheduler/device-scheduler';

/** A run that ends by itself within this time is cheaper than a new runner, also where a started one stands by. */
const CANCEL_GRACE_MS = 50;
const TOO_LATE = { code: 'DEADLINE_EXCEEDED', message: 'The run was not begun: it would have ended after the deadline.' } as const;

export interface RunLoopParts {
  ready: ReadyItems;
  batches: Pick<BatchRunner, 'run'>;
  estimate: Pick<RunEstimate, 'itemsTogether'>;
  order: Pick<ItemOrder, 'describe'>;
  late: Pick<LateItems, 'isLate'>;
  device: DeviceScheduler;
  namespace: string;
  maxBatchSize: number;
  maxBatchDelayMs: number;
  kill: () => void;
  /** Whether more items are sure to come soon: an idle runner never waits for what only may. */
  isMoreComing: () => boolean;
  /** Told how many items were not begun for their deadline. */
  dropped: (items: number) => void;
}

/** Keeps one runner busy with what is ready, in turn with the other replicas of the device. */
export class RunLoop {
  #loop: Promise<void> | null = null;
  #running: ReadonlySet<ItemSource> = new Set();
  #runningSince = 0;
  #arrived: () => void = () => undefined;

  constructor(private readonly parts: RunLoopParts) {}

  get isRunning(): boolean {
    return this.#loop !== null;
  }

  start(): void {
    this.#loop ??= this.#runAll().finally(() => { this.#loop = null; });
  }

  /** Items came, or are not coming after all. */
  arrived(): void {
    this.#arrived();
  }

  /** Milliseconds of the run in hand, where items of the source are in it. */
  spentMs(source: ItemSource): number {
    return this.#running.has(source) ? performance.now() - this.#runningSince : 0;
  }

  /** Unless it ends by itself within the grace; the others of its batches run again. */
  endRunOf(source: ItemSource): void {
    const run = this.#running;
    if (!run.has(source)) return;
    // Again until it is over: a run that waits for a runner which is being replaced cannot be killed yet.
    const timer = setInterval(() => (this.#running === run ? this.parts.kill() : clearInterval(timer)), CANCEL_GRACE_MS);
  }

  async #runAll(): Promise<void> {
    const { ready } = this.parts;
    let isUnderLoad = false;
    let next: DeviceSlot | Promise<DeviceSlot | null> | null = null;
    while (next !== null || !ready.isEmpty) {
      const freeAt = performance.now();
      if (isUnderLoad && next === null) await this.#linger();
      const askedAt = performance.now();
      const slot = await (next ?? this.#slot());
      next = null;
      try {
        this.#dropLate();
        // The wait for the device is no wait for the batch to fill.
        if (slot && !ready.isEmpty) await this.#runNext(freeAt + (performance.now() - askedAt));
        // Asked for before it is given back: else whoever waits would get it, however much shorter our next run is.
        if (this.parts.device.queue.depth > 0 && !ready.isEmpty) next = this.#slot();
      } finally {
        slot?.release();
      }
      isUnderLoad = true;
    }
  }

  async #runNext(runnerFreeAt: number): Promise<void> {
    const { ready, batches, estimate } = this.parts;
    const next = ready.takeBatches(estimate.itemsTogether());
    this.#running = new Set(next.flat().map(({ source }) => source));
    this.#runningSince = performance.now();
    const run = batches.run(next, runnerFreeAt);
    ready.prefetch();
    await run;
    this.#running = new Set();
  }

  #slot(): DeviceSlot | Promise<DeviceSlot | null> {
    const { device, namespace, ready, order } = this.parts;
    return device.take(namespace, () => order.describe(ready.peekBatch()));
  }

  /** Running what nobody waits for any more would only make others late. */
  #dropLate(): void {
    const { ready, late, dropped } = this.parts;
    if (!ready.hasDeadlines) return;
    const lateItems = ready.takeOut((item) => late.isLate(item));
    for (const item of lateItems) item.source.settle(item.index, { error: TOO_LATE });
    if (lateItems.length > 0) dropped(lateItems.length);
  }

  /** Lets a batch fill, but only while more is sure to come. */
  async #linger(): Promise<void> {
    const { ready, maxBatchSize, maxBatchDelayMs, isMoreComing } = this.parts;
    if (maxBatchSize === 1) return;
    for (;;) {
      const batch = ready.peekBatch();
      const remainingMs = maxBatchDelayMs - (performance.now() - (batch[0]?.readyAt ?? 0));
      if (ready.isFull(batch) || !isMoreComing() || remainingMs <= 0) return;
      await within(new Promise<void>((arrived) => { this.#arrived = arrived; }), remainingMs);
    }
  }
}
