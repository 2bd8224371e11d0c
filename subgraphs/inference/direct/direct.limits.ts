import { PlatformError } from '../../../platform/errors';
import type { RecentLoads } from '../load/recent-loads';
import { retryAfterMs } from '../load/wait-prediction';
import type { ServingTarget } from '../submit/serving-directory';
import type { ReplicaChoice } from './replica-choice';

type Limited = Pick<ServingTarget, 'deploymentId' | 'fullName' | 'admission' | 'itemMs' | 'replicas'>;

interface DirectLimitsParts {
  loads: Pick<RecentLoads, 'of'>;
  choice: Pick<ReplicaChoice, 'inFlight'>;
}

/**
 * Who may not even be sent to a worker. `maxInFlight` counts this process's calls exactly, and beside them the items of jobs as they were a moment ago: a limit
 * over all inference processes would cost every call a write.
 */
export class DirectLimits {
  readonly #inFlight = new Map<string, number>();

  constructor(private readonly parts: DirectLimitsParts) {}

  /**
   * Counts the call as in flight while the work goes on.
   * @param deadlineMs until nobody waits for it; null: nobody has said
   * @throws QUEUE_FULL, DEADLINE_UNREACHABLE
   */
  async during<T>(target: Limited, deadlineMs: number | null, work: () => Promise<T>): Promise<T> {
    const { deploymentId, admission: { maxInFlight } } = target;
    // Read before and not between the look and the count: calls that come together must see each other.
    const unfinished = maxInFlight === null ? 0 : (await this.parts.loads.of(deploymentId)).unfinished;
    const calls = this.#inFlight.get(deploymentId) ?? 0;
    if (maxInFlight !== null && calls + unfinished >= maxInFlight) throw full(target, { calls, unfinished });
    if (deadlineMs !== null) this.#refuseLate(target, deadlineMs);
    this.#inFlight.set(deploymentId, calls + 1);
    try {
      return await work();
    } finally {
      const left = this.#inFlight.get(deploymentId)! - 1;
      if (left === 0) this.#inFlight.delete(deploymentId);
      else this.#inFlight.set(deploymentId, left);
    }
  }

  /** Only for what waits ahead of it: a call that is predicted to take too long by itself is tried, or a wrong pace would never be corrected. */
  #refuseLate({ fullName, itemMs, replicas }: Limited, deadlineMs: number): void {
    if (itemMs === null || itemMs > deadlineMs || replicas.length === 0) return;
    const ahead = Math.min(...replicas.map(({ id }) => this.parts.choice.inFlight(id)));
    const predictedMs = Math.round((ahead + 1) * itemMs);
    if (predictedMs <= deadlineMs) return;
    throw new PlatformError('DEADLINE_UNREACHABLE', `Deployment "${fullName}" is predicted to need ${predictedMs} ms for the calls ahead and this one, whose deadline is in ${deadlineMs} ms.`, {
      predictedWaitMs: Math.round(ahead * itemMs), predictedMs, deadlineMs, retryAfterMs: retryAfterMs(predictedMs - deadlineMs),
    });
  }
}

function full({ fullName, admission: { maxInFlight }, itemMs }: Limited, { calls, unfinished }: { calls: number; unfinished: number }): PlatformError {
  return new PlatformError('QUEUE_FULL', `Deployment "${fullName}" has ${calls} calls and ${unfinished} items of at most ${maxInFlight} in flight; no room for one more.`, {
    limit: 'maxInFlight', unfinished: calls + unfinished, maxInFlight, retryAfterMs: retryAfterMs(itemMs),
  });
}
