import type { DropReason, FinishedWork, WorkRecorder } from '../../subgraphs/inference/worker.contract';

/** Remembers what it is told. */
export class MemoryRecorder implements WorkRecorder {
  readonly works: FinishedWork[] = [];
  readonly drops: { deploymentId: string; reason: DropReason; items: number }[] = [];
  readonly savings: { deploymentId: string; reason: DropReason; ms: number }[] = [];

  finished(work: FinishedWork): void {
    this.works.push(work);
  }

  dropped(deploymentId: string, reason: DropReason, items: number): void {
    this.drops.push({ deploymentId, reason, items });
  }

  saved(deploymentId: string, reason: DropReason, ms: number): void {
    this.savings.push({ deploymentId, reason, ms });
  }
}
