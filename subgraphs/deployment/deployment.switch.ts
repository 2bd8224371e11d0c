import type { RequestScope } from '../../platform/caller';
import type { Deployment } from './deployment';
import { changeDeployment, type Change, type ChangeDependencies } from './deployment.change';

/** Takes deployments out of service and puts them back. */
export class DeploymentSwitch {
  constructor(private readonly dependencies: ChangeDependencies) {}

  /** It takes no work from now on, and its replicas unload. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  stop(scope: RequestScope, deployment: string): Promise<Deployment> {
    return this.#change(scope, { deployment, action: 'stopDeployment' }, ({ status }) => (status === 'STOPPED' ? null : {
      set: { status: 'STOPPED', reasonCode: null, reasonMessage: null },
      event: { kind: 'STOPPED', message: `Stopped by ${scope.caller.name}.` },
      details: {},
    }));
  }

  /** Starts a stopped deployment; one that runs forgets its failures and tries again at once. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  start(scope: RequestScope, deployment: string): Promise<Deployment> {
    return this.#change(scope, { deployment, action: 'startDeployment' }, ({ status }) => ({
      set: { retryFrom: new Date(), ...(status === 'STOPPED' ? { status: 'PENDING' as const } : {}) },
      event: { kind: 'STARTED', message: `Started by ${scope.caller.name}.` },
      details: {},
    }));
  }

  async #change(
    scope: RequestScope, { deployment, action }: { deployment: string; action: string },
    decide: (deployment: Deployment) => Omit<Change<null>, 'result'> | null,
  ): Promise<Deployment> {
    const { deployment: changed } = await changeDeployment(this.dependencies, { scope, deployment, action }, async (_manager, before) => {
      const change = decide(before);
      return change && { ...change, result: null };
    });
    return changed;
  }
}
