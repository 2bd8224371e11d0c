import type { BatchTime } from '../../subgraphs/deployment/worker.contract';
import type { WorkRecorder } from '../../subgraphs/inference/worker.contract';
import type { RunEstimate } from '../run-estimate';

interface SavedComputeParts {
  deploymentId: string;
  recorder: Pick<WorkRecorder, 'saved'>;
  estimate: Pick<RunEstimate, 'itemMs'>;
  /** What runs took when the revision was measured; may be empty. */
  table: readonly BatchTime[];
}

interface EndedWork {
  /** Items that will not be computed. */
  items: number;
  /** Milliseconds of the run that was ended for it; 0 where none was. */
  spentMs: number;
  /** On the clock of `performance.now()`; null: none. */
  deadlineAt: number | null;
}

/** What cancels and deadlines spare the device: what the items were predicted to take, less what was spent on them. Nothing where nothing is known. */
export class SavedCompute {
  constructor(private readonly parts: SavedComputeParts) {}

  ended({ items, spentMs, deadlineAt }: EndedWork): void {
    const { deploymentId, recorder, estimate, table } = this.parts;
    const itemMs = estimate.itemMs ?? table[0]?.msPerBatch ?? 0;
    const savedMs = items * itemMs - spentMs;
    const isLate = deadlineAt !== null && performance.now() >= deadlineAt;
    if (savedMs > 0) recorder.saved(deploymentId, isLate ? 'DEADLINE_EXCEEDED' : 'CANCELED', savedMs);
  }

  /** Items that were not begun since they would have ended too late. */
  dropped(items: number): void {
    this.ended({ items, spentMs: 0, deadlineAt: -Infinity });
  }
}
