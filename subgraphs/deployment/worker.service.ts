import { Not } from 'typeorm';
import type { Caller, RequestScope } from '../../platform/caller';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { PlatformError } from '../../platform/errors';
import { isId } from '../../platform/uuid';
import type { AuditLog } from '../identity';
import { Worker } from './worker';

/** What operators see of the workers and do with them. */
export class WorkerService {
  constructor(private readonly dependencies: { database: Database; bus: EventBus; audit: AuditLog }) {}

  /** Those that are not GONE, oldest first. @throws FORBIDDEN */
  async list(caller: Caller): Promise<Worker[]> {
    requireOperator(caller);
    const workers = this.dependencies.database.source.getRepository(Worker);
    return workers.find({ where: { state: Not('GONE' as const) }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** The worker takes no new replicas; those it has move elsewhere, as far as there is room. @throws WORKER_NOT_FOUND, FORBIDDEN */
  async drain(scope: RequestScope, id: string): Promise<Worker> {
    requireOperator(scope.caller);
    if (!isId(id)) throw workerNotFound(id);
    const { database, bus, audit } = this.dependencies;
    const worker = await database.transaction(async (manager) => {
      const { affected } = await manager.getRepository(Worker).update({ id, state: 'ACTIVE' }, { state: 'DRAINING' });
      const found = await manager.getRepository(Worker).findOneBy({ id });
      if (!found || found.state === 'GONE') throw workerNotFound(id);
      const entry = { scope, namespace: null, action: 'drainWorker', subjectType: 'Worker', subjectId: id, details: { name: found.name } };
      if (affected) await audit.record(manager, entry);
      return found;
    });
    bus.publish('worker', id);
    return worker;
  }
}

function requireOperator({ isOperator }: Caller): void {
  if (!isOperator) throw new PlatformError('FORBIDDEN', 'Workers are shared by all namespaces: only an operator sees them.');
}

function workerNotFound(id: string): PlatformError {
  return new PlatformError('WORKER_NOT_FOUND', `There is no live worker "${id.slice(0, 80)}".`);
}
