import type { DropReason, FinishedWork, ReusedWork, SavedReason, WorkRecorder } from '../worker.contract';

/** Several that hear of the same work. */
export class Recorders implements WorkRecorder {
  constructor(private readonly recorders: readonly WorkRecorder[]) {}

  finished(work: FinishedWork): void {
    for (const recorder of this.recorders) recorder.finished(work);
  }

  dropped(deploymentId: string, reason: DropReason, items: number): void {
    for (const recorder of this.recorders) recorder.dropped(deploymentId, reason, items);
  }

  reused(deploymentId: string, work: ReusedWork): void {
    for (const recorder of this.recorders) recorder.reused(deploymentId, work);
  }

  saved(deploymentId: string, reason: SavedReason, ms: number): void {
    for (const recorder of this.recorders) recorder.saved(deploymentId, reason, ms);
  }
}
