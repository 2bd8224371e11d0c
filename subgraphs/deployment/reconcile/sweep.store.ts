import type { EntityManager } from 'typeorm';
import { recordEvents, type NewDeploymentEvent } from '../deployment-event.store';
import { loseReplicas, retireWorkers, silentWorkers } from '../worker.store';

/** Several beats of a worker, so that a busy machine is not taken for a dead one. */
export const SILENCE_MS = 6_000;
const LOADING_DEADLINE_MS = 10 * 60_000;
/** Beyond the revision's own limit of a run, which a stopping replica may still finish. */
const STOPPING_GRACE_MS = 60_000;

export interface Swept {
  workerIds: string[];
  deploymentIds: string[];
}

/** Notices what nobody reports: silent workers and what they held, loads that never end, unloads that were never confirmed. */
export async function sweep(manager: EntityManager, { expectsHeartbeats }: { expectsHeartbeats: boolean }): Promise<Swept> {
  const silent = expectsHeartbeats ? await silentWorkers(manager, SILENCE_MS) : [];
  const workerIds = silent.length > 0 ? await retireWorkers(manager, { ids: silent }) : [];
  const lost = await loseReplicas(manager, { code: 'WORKER_LOST', message: `The worker sent no heartbeat for ${SILENCE_MS / 1_000} s.` });
  const overdue = [...await failOverdueLoads(manager), ...await endOverdueStops(manager)];
  return { workerIds, deploymentIds: [...new Set([...lost, ...overdue].map(({ deploymentId }) => deploymentId))] };
}

interface Moved {
  id: string;
  deploymentId: string;
}

async function failOverdueLoads(manager: EntityManager): Promise<Moved[]> {
  const message = `The replica was not loaded within ${LOADING_DEADLINE_MS / 60_000} minutes.`;
  const [rows] = await manager.query<[Moved[], number]>(
    `update replica set state = 'FAILED', reason_code = 'REPLICA_FAILED', reason_message = $2, updated_at = now()
     where state in ('ASSIGNED', 'LOADING') and updated_at < now() - $1 * interval '1 millisecond'
     returning id, deployment_id as "deploymentId"`,
    [LOADING_DEADLINE_MS, message],
  );
  await recordEvents(manager, rows.map(({ id, deploymentId }): NewDeploymentEvent => ({
    deploymentId, kind: 'REPLICA_FAILED', message, reasonCode: 'REPLICA_FAILED', replicaId: id,
  })));
  return rows;
}

async function endOverdueStops(manager: EntityManager): Promise<Moved[]> {
  const [rows] = await manager.query<[Moved[], number]>(
    `update replica set state = 'STOPPED', updated_at = now() from revision
     where revision.id = replica.revision_id and replica.state = 'STOPPING'
       and replica.updated_at < now() - (revision.timeout_ms + $1) * interval '1 millisecond'
     returning replica.id, replica.deployment_id as "deploymentId"`,
    [STOPPING_GRACE_MS],
  );
  return rows;
}

/** Ended replicas and workers are history that jobs do not name; events outlive them by a month. */
export async function forgetOld(manager: EntityManager): Promise<void> {
  await manager.query(`delete from replica where state in ('FAILED', 'STOPPED', 'LOST') and updated_at < now() - interval '1 day'`);
  await manager.query(
    `delete from worker where state = 'GONE' and gone_at < now() - interval '2 days'
       and not exists (select 1 from replica where worker_id = worker.id)`,
  );
  await manager.query(`delete from deployment_event where created_at < now() - interval '30 days'`);
}
