import type { DropReason, FinishedWork, ReusedWork, SavedReason, WorkRecorder } from '../../subgraphs/inference/worker.contract';

/** Remembers what it is told. */
export class MemoryRecorder implements WorkRecorder {
  readonly works: FinishedWork[] = [];
  readonly drops: { deploymentId: string; reason: DropReason; items: number }[] = [];
  readonly reuses: ({ deploymentId: string } & ReusedWork)[] = [];
  readonly savings: { deploymentId: string; reason: SavedReason; ms: number }[] = [];

  finished(work: FinishedWork): void {
    this.works.push(work);
  }

  dropped(deploymentId: string, reason: DropReason, items: number): void {
    this.drops.push({ deploymentId, reason, items });
  }

  reused(deploymentId: string, work: ReusedWork): void {
    this.reuses.push({ deploymentId, ...work });
  }

  saved(deploymentId: string, reason: SavedReason, ms: number): void {
    this.savings.push({ deploymentId, reason, ms });
  }
}
