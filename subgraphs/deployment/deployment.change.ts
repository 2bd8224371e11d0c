import type { EntityManager } from 'typeorm';
import { requireRole, roleIn, type Caller, type RequestScope } from '../../platform/caller';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { PlatformError } from '../../platform/errors';
import { canMove } from '../../platform/lifecycle';
import { parseFullName } from '../../platform/name';
import { isId } from '../../platform/uuid';
import type { AuditLog } from '../identity';
import { Deployment } from './deployment';
import { recordEvents, type NewDeploymentEvent } from './deployment-event.store';
import { deploymentLifecycle } from './deployment.lifecycle';

export interface ChangeDependencies {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
}

export interface ChangeRequest {
  scope: RequestScope;
  /** Full name or id. */
  deployment: string;
  /** The mutation's name. */
  action: string;
}

/** What a change of the wish comes down to; null when all is as wished already. */
export interface Change<Result> {
  set: Partial<Deployment>;
  event: Omit<NewDeploymentEvent, 'deploymentId'>;
  details: object;
  result: Result;
}

/**
 * The frame of every mutation of a deployment: lock the row, change the wish, count its version, and write audit and event with it; the
 * hint follows the commit and wakes the reconciler.
 * @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, DEPLOYMENT_STATE
 */
export async function changeDeployment<Result>(
  { database, bus, audit }: ChangeDependencies,
  { scope, deployment: reference, action }: ChangeRequest,
  decide: (manager: EntityManager, deployment: Deployment) => Promise<Change<Result> | null>,
): Promise<{ deployment: Deployment; result: Result | null }> {
  const outcome = await database.transaction(async (manager) => {
    const before = await lockDeployment(manager, scope.caller, reference);
    const change = await decide(manager, before);
    if (!change) return { deployment: before, result: null };
    const { set, event, details, result } = change;
    if (set.status !== undefined && set.status !== before.status) requireMove(before, set.status);
    const repository = manager.getRepository(Deployment);
    await repository.update({ id: before.id }, { ...set, version: before.version + 1, updatedAt: () => 'now()' });
    await recordEvents(manager, [{ deploymentId: before.id, ...event }]);
    await audit.record(manager, {
      scope, namespace: before.namespaceName, action, subjectType: 'Deployment', subjectId: before.id, details,
    });
    return { deployment: await repository.findOneByOrFail({ id: before.id }), result };
  });
  bus.publish('deployment', outcome.deployment.id);
  return outcome;
}

/** A change that gives nothing but the deployment, decided from its row alone. @throws as `changeDeployment` */
export async function changeRow(
  dependencies: ChangeDependencies, request: ChangeRequest, decide: (deployment: Deployment) => Omit<Change<null>, 'result'> | null,
): Promise<Deployment> {
  const { deployment } = await changeDeployment(dependencies, request, async (_manager, before) => {
    const change = decide(before);
    return change && { ...change, result: null };
  });
  return deployment;
}

/** A stranger gets the same answer as for a name that nobody took. */
async function lockDeployment(manager: EntityManager, caller: Caller, reference: string): Promise<Deployment> {
  const builder = manager.getRepository(Deployment).createQueryBuilder('deployment').setLock('for_no_key_update');
  builder.where('deployment.deletedAt is null');
  const fullName = parseFullName(reference);
  if (isId(reference)) builder.andWhere('deployment.id = :id', { id: reference });
  else builder.andWhere('deployment.namespaceName = :namespace and deployment.name = :name', fullName ?? { namespace: '', name: '' });
  const deployment = await builder.getOne();
  if (!deployment || roleIn(caller, deployment.namespaceName) === null) throw deploymentNotFound(reference);
  requireRole(caller, deployment.namespaceName, 'DEVELOPER');
  return deployment;
}

export function deploymentNotFound(reference: string): PlatformError {
  return new PlatformError('DEPLOYMENT_NOT_FOUND', `There is no deployment "${reference.slice(0, 160)}".`);
}

function requireMove({ fullName, status }: Deployment, to: Deployment['status']): void {
  if (canMove(deploymentLifecycle, status, to)) return;
  throw new PlatformError('DEPLOYMENT_STATE', `Deployment "${fullName}" is ${status} and cannot become ${to}.`, { status });
}
