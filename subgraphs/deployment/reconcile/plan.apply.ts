import type { EntityManager } from 'typeorm';
import { newId } from '../../../platform/uuid';
import type { Database } from '../../../platform/database/database';
import { recordEvents, type NewDeploymentEvent } from '../deployment-event.store';
import { eventsOf } from './plan.events';
import type { DeploymentPlan } from './plan';
import { insertReplicas, lockUnchanged, moveTraffic, setVerdicts, stopReplicas } from './plan.store';

/** What a pass changed, for the hints that follow its commit. */
export interface Applied {
  deploymentIds: string[];
  workerIds: string[];
}

/**
 * Applies a pass in one transaction with a constant number of statements. A deployment whose wish changed since the snapshot is left out:
 * its plan was made for another wish, and the hint of that change has already asked for the next pass.
 */
export async function applyPlans(database: Database, plans: readonly DeploymentPlan[]): Promise<Applied> {
  if (plans.length === 0) return { deploymentIds: [], workerIds: [] };
  return database.transaction(async (manager) => {
    const valid = await lockUnchanged(manager, plans);
    await moveTraffic(manager, valid);
    const stopped = await stopReplicas(manager, valid.flatMap(({ stop }) => stop));
    const replicas = valid.flatMap(({ deployment, assign }) => assign.map((assignment) => ({ id: newId(), deploymentId: deployment.id, ...assignment })));
    await insertReplicas(manager, replicas);
    await setVerdicts(manager, valid);
    await tell(manager, valid, replicas);
    return {
      deploymentIds: valid.map(({ deployment }) => deployment.id),
      workerIds: [...new Set([...stopped, ...replicas].map(({ workerId }) => workerId))],
    };
  });
}

async function tell(manager: EntityManager, plans: readonly DeploymentPlan[], replicas: readonly { id: string; deploymentId: string }[]): Promise<void> {
  const assigned: NewDeploymentEvent[] = replicas.map(({ id, deploymentId }) => ({ deploymentId, kind: 'REPLICA_ASSIGNED', message: 'A replica was given a place.', replicaId: id }));
  await recordEvents(manager, [...plans.flatMap(eventsOf), ...assigned]);
}
