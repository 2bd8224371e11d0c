import { Deployment } from './deployment';
import { DeploymentEvent } from './deployment-event';
import { Release } from './release';
import { Replica } from './replica';
import { Revision } from './revision';
import { Worker } from './worker';

export { DeploymentDirectory } from './deployment.directory';
export { DeploymentSwitch } from './deployment.switch';
export { createDeploymentSubgraph } from './deployment.subgraph';
export { PlacementService } from './placement.service';
export { Reconciler } from './reconcile/reconciler';
export type { RevisionBacklog } from './reconcile/snapshot.store';

/** The tables of this subgraph, for the process's one data source. */
export const deploymentEntities = [Deployment, Revision, Release, Replica, Worker, DeploymentEvent];
