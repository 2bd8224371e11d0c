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
    const replicas = valid.flatMap(
      ({ deployment: { id: deploymentId }, assign }) => assign.map((place) => ({ id: newId(), deploymentId, ...place })),
    );
    await insertReplicas(manager, replicas);
    await setVerdicts(manager, valid);
    await tell(manager, valid, replicas);
    return {
      deploymentIds: valid.map(({ deployment }) => deployment.id),
      workerIds: [...new Set([...stopped, ...replicas].map(({ workerId }) => workerId))],
    };
  });
}

type PlacedReplica = { id: string; deploymentId: string };

async function tell(manager: EntityManager, plans: readonly DeploymentPlan[], replicas: readonly PlacedReplica[]): Promise<void> {
  const message = 'A replica was given a place.';
  const assigned = replicas.map(({ id, deploymentId }): NewDeploymentEvent => ({
    deploymentId, kind: 'REPLICA_ASSIGNED', message, replicaId: id,
  }));
  await recordEvents(manager, [...plans.flatMap(eventsOf), ...assigned]);
}
