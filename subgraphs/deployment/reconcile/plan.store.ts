import type { EntityManager } from 'typeorm';
import { Replica } from '../replica';
import { statesBefore } from '../../../platform/lifecycle';
import { releaseLifecycle } from '../release.lifecycle';
import type { DeploymentPlan } from './plan';
import type { Assignment } from './revision.plan';
import type { ReplicaFacts } from './snapshot';

/**
 * Locks the deployments in a fixed order and answers the plans whose deployment still has the wish and the status they were made for.
 * `no key`: reports insert events, whose foreign key would wait for a full lock while they hold replicas that this pass waits for.
 */
export async function lockUnchanged(manager: EntityManager, plans: readonly DeploymentPlan[]): Promise<DeploymentPlan[]> {
  const rows = await manager.query<{ id: string; version: number; status: string }[]>(
    'select id, version, status from deployment where id = any($1) order by id for no key update',
    [plans.map(({ deployment }) => deployment.id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return plans.filter(({ deployment: { id, version, status } }) => byId.get(id)?.version === version && byId.get(id)?.status === status);
}

/** The old live release ends before the new one begins: the index allows one LIVE release at a time. */
export async function moveTraffic(manager: EntityManager, plans: readonly DeploymentPlan[]): Promise<void> {
  const moves = plans.filter(({ goesLive }) => goesLive !== null);
  if (moves.length === 0) return;
  const ended = moves.flatMap(({ deployment }) => deployment.live?.id ?? []);
  const begun = moves.map(({ goesLive }) => goesLive!.id);
  await manager.query(
    `update release set state = 'SUPERSEDED', ended_at = now() where id = any($1) and state = any($2)`,
    [ended, statesBefore(releaseLifecycle, 'SUPERSEDED')],
  );
  await manager.query(
    `update release set state = 'LIVE', live_at = now() where id = any($1) and state = any($2)`,
    [begun, statesBefore(releaseLifecycle, 'LIVE')],
  );
  await manager.query(
    'update deployment set live_release_id = next_release_id, next_release_id = null where next_release_id = any($1)', [begun],
  );
}

/**
 * What its worker has not begun is stopped at once; the rest when the worker says so. Compare-and-set: a replica that moved on
 * meanwhile stays.
 */
export async function stopReplicas(manager: EntityManager, replicas: readonly ReplicaFacts[]): Promise<{ workerId: string }[]> {
  if (replicas.length === 0) return [];
  const [rows] = await manager.query<[{ workerId: string }[], number]>(
    `update replica set state = case when replica.state = 'ASSIGNED' then 'STOPPED' else 'STOPPING' end, updated_at = now()
     from unnest($1::uuid[], $2::text[]) as planned (id, state)
     where replica.id = planned.id and replica.state = planned.state and replica.state in ('ASSIGNED', 'LOADING', 'READY')
     returning worker_id as "workerId"`,
    [replicas.map(({ id }) => id), replicas.map(({ state }) => state)],
  );
  return rows;
}

type NewReplica = Assignment & { id: string; deploymentId: string };

export async function insertReplicas(manager: EntityManager, replicas: readonly NewReplica[]): Promise<void> {
  if (replicas.length === 0) return;
  await manager.getRepository(Replica).insert(replicas.map(({ id, deploymentId, revision, workerId, device }) => ({
    id, deploymentId, revisionId: revision.id, workerId, device, memoryBytes: revision.memoryBytes,
    state: 'ASSIGNED' as const, updatedAt: () => 'now()',
  })));
}

export async function setVerdicts(manager: EntityManager, plans: readonly DeploymentPlan[]): Promise<void> {
  const column = <T>(read: (plan: DeploymentPlan) => T) => plans.map(read);
  await manager.query(
    `update deployment set
       status = verdict.status, reason_code = verdict.reason_code, reason_message = verdict.reason_message, updated_at = now()
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as verdict (id, status, reason_code, reason_message)
     where deployment.id = verdict.id and (deployment.status, deployment.reason_code, deployment.reason_message)
       is distinct from (verdict.status, verdict.reason_code, verdict.reason_message)`,
    [column(({ deployment }) => deployment.id), column(({ verdict }) => verdict.status),
      column(({ verdict }) => verdict.reason?.code ?? null), column(({ verdict }) => verdict.reason?.message ?? null)],
  );
}
