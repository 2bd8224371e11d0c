import type { RequestScope } from '../../platform/caller';
import type { Deployment } from './deployment';
import { changeRow, type ChangeDependencies } from './deployment.change';

/** Takes deployments out of service and puts them back. */
export class DeploymentSwitch {
  constructor(private readonly dependencies: ChangeDependencies) {}

  /** It takes no work from now on, and its replicas unload. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  stop(scope: RequestScope, deployment: string): Promise<Deployment> {
    return changeRow(this.dependencies, { scope, deployment, action: 'stopDeployment' }, ({ status }) => (status === 'STOPPED' ? null : {
      set: { status: 'STOPPED', reasonCode: null, reasonMessage: null },
      event: { kind: 'STOPPED', message: `Stopped by ${scope.caller.name}.` },
      details: {},
    }));
  }

  /** Starts a stopped deployment; one that runs forgets its failures and tries again at once. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  start(scope: RequestScope, deployment: string): Promise<Deployment> {
    return changeRow(this.dependencies, { scope, deployment, action: 'startDeployment' }, ({ status }) => ({
      set: { retryFrom: new Date(), ...(status === 'STOPPED' ? { status: 'PENDING' as const } : {}) },
      event: { kind: 'STARTED', message: `Started by ${scope.caller.name}.` },
      details: {},
    }));
  }
}
