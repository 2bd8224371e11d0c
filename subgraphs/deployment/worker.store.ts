import type { EntityManager } from 'typeorm';
import type { Reason } from './status-reason';
import { recordEvents } from './deployment-event.store';
import { statesBefore } from '../../platform/lifecycle';
import { replicaLifecycle } from './replica.lifecycle';
import { workerLifecycle } from './worker.lifecycle';

export interface LostReplica {
  id: string;
  deploymentId: string;
  workerId: string;
}

/** Declares workers GONE; answers those that were not already. */
export async function retireWorkers(
  manager: EntityManager, where: { ids: readonly string[] } | { name: string; pid?: number },
): Promise<string[]> {
  const [condition, value] = 'ids' in where ? ['id = any($2::uuid[])', where.ids] : ['name = $2', where.name];
  const pid = 'ids' in where ? null : where.pid ?? null;
  const [rows] = await manager.query<[{ id: string }[], number]>(
    `update worker set state = 'GONE', gone_at = now() where state = any($1) and ${condition} and ($3::int is null or pid = $3) returning id`,
    [statesBefore(workerLifecycle, 'GONE'), value, pid],
  );
  return rows.map(({ id }) => id);
}

/** Workers whose last heartbeat is older than `silenceMs`, by the database's clock. */
export async function silentWorkers(manager: EntityManager, silenceMs: number): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `select id from worker where state <> 'GONE' and heartbeat_at < now() - $1 * interval '1 millisecond'`,
    [silenceMs],
  );
  return rows.map(({ id }) => id);
}

/** Declares LOST what is still held by GONE workers, whoever declared them so, and tells it in the deployments' events. */
export async function loseReplicas(manager: EntityManager, reason: Reason): Promise<LostReplica[]> {
  const [lost] = await manager.query<[LostReplica[], number]>(
    `update replica set state = 'LOST', reason_code = $2, reason_message = $3, updated_at = now()
     from worker where worker.id = replica.worker_id and worker.state = 'GONE' and replica.state = any($1)
     returning replica.id, replica.deployment_id as "deploymentId", replica.worker_id as "workerId"`,
    [statesBefore(replicaLifecycle, 'LOST'), reason.code, reason.message],
  );
  await recordEvents(manager, lost.map(({ id, deploymentId }) => ({
    deploymentId, kind: 'REPLICA_LOST' as const, message: reason.message, reasonCode: reason.code, replicaId: id,
  })));
  return lost;
}
