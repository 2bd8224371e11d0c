import { roleIn, type Caller } from '../../platform/caller';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { isFinal } from '../../platform/lifecycle';
import { rowStream } from '../../platform/stream/row-stream';
import { isId } from '../../platform/uuid';
import { Deployment } from './deployment';
import { deploymentNotFound } from './deployment.change';
import { deploymentLifecycle } from './deployment.lifecycle';
import { replicaFingerprint } from './replica.store';

/** A deployment, and what tells that its replicas changed, whose states watchers select with it. */
export interface WatchedDeployment {
  deployment: Deployment;
  replicas: string;
}

/** Streams a deployment's states. */
export class DeploymentWatcher {
  constructor(private readonly database: Database, private readonly bus: EventBus) {}

  /** @throws DEPLOYMENT_NOT_FOUND also where the caller has no role */
  async watch(caller: Caller, id: string): Promise<AsyncIterableIterator<WatchedDeployment>> {
    const found = isId(id) ? await this.#read(id) : null;
    if (!found || roleIn(caller, found.deployment.namespaceName) === null) throw deploymentNotFound(id);
    return rowStream({
      bus: this.bus, topic: 'deployment', id: found.deployment.id,
      read: (rowId) => this.#read(rowId),
      isFinal: ({ deployment }) => isFinal(deploymentLifecycle, deployment.status),
    });
  }

  async #read(id: string): Promise<WatchedDeployment | null> {
    const deployment = await this.database.source.getRepository(Deployment).findOneBy({ id });
    return deployment && { deployment, replicas: await replicaFingerprint(this.database, id) };
  }
}
