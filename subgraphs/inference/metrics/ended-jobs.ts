import { messageOf } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { EndedRow } from '../job/end-jobs.statement';
import { computeMs } from '../load/wait-prediction';
import type { ServingDirectory } from '../submit/serving-directory';
import type { DropReason, WorkRecorder } from '../worker.contract';

interface EndedJobsParts {
  recorder: WorkRecorder;
  deployments: Pick<ServingDirectory, 'servingTarget'>;
  log: Log;
}

/** Counts what canceled and expired jobs leave undone. What their running chunks save is counted by their workers, who know how far they were. */
export class EndedJobs {
  constructor(private readonly parts: EndedJobsParts) {}

  /** Never rejects: nobody waits for a count. */
  async tell(reason: DropReason, jobs: readonly EndedRow[]): Promise<void> {
    const { recorder, deployments, log } = this.parts;
    try {
      for (const { deploymentId, droppedItems, waitingItems } of jobs) {
        recorder.dropped(deploymentId, reason, droppedItems);
        const target = waitingItems > 0 ? await deployments.servingTarget(deploymentId) : null;
        const savedMs = target && computeMs({ itemMs: target.itemMs, readyReplicas: 1 }, waitingItems);
        if (savedMs !== null) recorder.saved(deploymentId, reason, savedMs);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'ended jobs not counted');
    }
  }
}
