import { roleIn, type Caller } from '../../../platform/caller';
import type { ServingDirectory } from '../submit/serving-directory';
import type { DeploymentQueue } from './deployment-queue';
import type { RecentLoads } from './recent-loads';
import { waitMs } from './wait-prediction';

/** What callers see of the work that waits. */
export class QueueService {
  constructor(private readonly deployments: ServingDirectory, private readonly loads: RecentLoads) {}

  /** Null where there is no such deployment, or the caller has no role in its namespace. */
  async of(caller: Caller, deploymentId: string): Promise<DeploymentQueue | null> {
    const target = await this.deployments.servingTarget(deploymentId);
    if (!target || roleIn(caller, target.namespace) === null) return null;
    const load = await this.loads.of(deploymentId);
    return { depth: load.waiting, unfinished: load.unfinished, predictedWaitMs: waitMs(target, load, 0) };
  }
}
