import type { RunPrediction } from './scheduler/run-prediction';
import { scheduleKey, type Schedulable, type SchedulingPolicy } from './scheduler/schedule-policy';
import { sizeOf, type WorkItem } from './work-item';

export interface OrderSettings {
  policy: SchedulingPolicy;
  namespace: string;
  prediction: RunPrediction;
}

/** Where an item stands among others of its replica: smaller first, by class and then by key. */
export interface ItemRank {
  readonly priority: number;
  readonly key: number;
}

/** The order of the device, carried on within one replica. */
export class ItemOrder {
  constructor(private readonly settings: OrderSettings) {}

  /** As it is when the item comes; it is never sorted anew. */
  rankOf(item: WorkItem): ItemRank {
    return { priority: item.source.priority, key: scheduleKey(this.settings.policy, this.describe([item])) };
  }

  /** A run of these items as the device sees it: with the standing of the first, and in time for the most urgent. */
  describe(batch: readonly WorkItem[]): Schedulable {
    const { namespace, prediction } = this.settings;
    const [first] = batch;
    const predictedMs = prediction.predictMs(sizeOf(batch));
    const deadlines = batch.flatMap(({ source }) => source.deadlineAt ?? []);
    return {
      namespace, predictedMs,
      // The device counts classes upwards, jobs count places in a queue.
      priority: -(first?.source.priority ?? 0),
      arrivedAt: first?.readyAt ?? performance.now(),
      weightMs: first ? Math.max(predictedMs, prediction.predictMs(sizeOf([first])) * first.source.remainingItems) : predictedMs,
      deadlineAt: deadlines.length > 0 ? Math.min(...deadlines) : null,
    };
  }
}

export function isBefore(one: ItemRank, other: ItemRank): boolean {
  return one.priority === other.priority ? one.key < other.key : one.priority < other.priority;
}
