import type { DropReason, FinishedWork, WorkRecorder } from '../worker.contract';

/** Several that hear of the same work. */
export class Recorders implements WorkRecorder {
  constructor(private readonly recorders: readonly WorkRecorder[]) {}

  finished(work: FinishedWork): void {
    for (const recorder of this.recorders) recorder.finished(work);
  }

  dropped(deploymentId: string, reason: DropReason, items: number): void {
    for (const recorder of this.recorders) recorder.dropped(deploymentId, reason, items);
  }

  saved(deploymentId: string, reason: DropReason, ms: number): void {
    for (const recorder of this.recorders) recorder.saved(deploymentId, reason, ms);
  }
}
