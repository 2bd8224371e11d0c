import { PlatformError } from '../../../platform/errors';
import type { RecentLoads } from '../load/recent-loads';
import { computeMs, retryAfterMs, waitMs } from '../load/wait-prediction';
import type { WorkRecorder } from '../worker.contract';
import type { DeadlineTrials } from './deadline-trials';
import type { ServingTarget } from './serving-directory';
import { isLimited, type SubmitOutcome, type SubmitRecord } from './submit.statement';

export interface AdmissionParts {
  loads: Pick<RecentLoads, 'of'>;
  recorder: Pick<WorkRecorder, 'dropped'>;
  trials: DeadlineTrials;
}

/** Who may not even wait: work that cannot fit, and work that would be late. What does not fit just now is found out by the statement that writes it. */
export class Admission {
  constructor(private readonly parts: AdmissionParts) {}

  /**
   * Costs nothing where the job has neither a limit nor a deadline.
   * @throws BAD_USER_INPUT for more items than the limit; DEADLINE_UNREACHABLE when they are predicted to be late, which one job of an idle deployment may try at times
   */
  async check(target: ServingTarget, record: SubmitRecord): Promise<void> {
    if (isLimited(record)) refuseWhatNeverFits(target, record);
    if (record.deadlineMs === null) return;
    const { deploymentId, fullName } = target;
    const load = await this.parts.loads.of(deploymentId);
    const ahead = waitMs(target, load, record.priority);
    if (ahead === null) return;
    const ownMs = computeMs(target, record.itemCount)!;
    const predictedMs = Math.round(ahead + ownMs);
    if (predictedMs <= record.deadlineMs || this.parts.trials.take({ deploymentId, unfinished: load.unfinished, ownMs })) return;
    this.parts.recorder.dropped(target.deploymentId, 'DEADLINE_UNREACHABLE', record.itemCount);
    throw new PlatformError(
      'DEADLINE_UNREACHABLE', `Deployment "${fullName}" is predicted to need ${predictedMs} ms for the work ahead and this job, whose deadline is in ${record.deadlineMs} ms.`,
      { predictedWaitMs: Math.round(ahead), predictedMs, deadlineMs: record.deadlineMs, retryAfterMs: retryAfterMs(predictedMs - record.deadlineMs) },
    );
  }

  /** @throws QUEUE_FULL */
  refuse(target: ServingTarget, { itemCount, limits }: SubmitRecord, { waiting, unfinished, limit }: SubmitOutcome): never {
    const { maxQueue, maxInFlight } = limits;
    this.parts.recorder.dropped(target.deploymentId, 'QUEUE_FULL', itemCount);
    const sentence = limit === 'maxQueue' ? `${waiting} of at most ${maxQueue} items waiting` : `${unfinished} of at most ${maxInFlight} items in flight`;
    throw new PlatformError('QUEUE_FULL', `Deployment "${target.fullName}" has ${sentence}; no room for ${itemCount} more.`, {
      limit, waiting, unfinished, maxQueue, maxInFlight, retryAfterMs: retryAfterMs(computeMs(target, itemCount)),
    });
  }
}

function refuseWhatNeverFits({ fullName }: ServingTarget, { itemCount, limits }: SubmitRecord): void {
  const most = Math.min(limits.maxQueue ?? Infinity, limits.maxInFlight ?? Infinity);
  if (itemCount > most) throw new PlatformError('BAD_USER_INPUT', `items: at most ${most} were expected, the limit of deployment "${fullName}"; ${itemCount} came.`);
}
