import type { RunPrediction } from './scheduler/run-prediction';
import { sizeOf, type WorkItem } from './work-item';

/**
 * Tells which items nobody waits for by the time they would be done. A prediction may be wrong, and items that are never run never correct it: so it counts for
 * as long as runs confirm it, and now and then an item is tried against it.
 */
export class LateItems {
  /** Whose run is to show what the prediction is worth. */
  readonly #tried = new WeakSet<WorkItem>();

  constructor(private readonly prediction: RunPrediction, private readonly now: () => number = () => performance.now()) {}

  isLate(item: WorkItem): boolean {
    const { deadlineAt, budgetMs } = item.source;
    if (deadlineAt === null || deadlineAt === undefined) return false;
    const leftMs = deadlineAt - this.now();
    if (leftMs < 0) return true;
    if (!this.prediction.isKnown || this.#tried.has(item)) return false;
    const size = sizeOf([item]);
    const predictedMs = this.prediction.predictMs(size);
    if (predictedMs <= leftMs || predictedMs > (budgetMs ?? Infinity)) return false;
    if (!this.prediction.takeTrial(size)) return true;
    this.#tried.add(item);
    return false;
  }
}
