import type { RequestScope } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { isUniqueViolation } from '../../platform/database/violation';
import { PlatformError } from '../../platform/errors';
import { requireName } from '../../platform/name';
import { newId } from '../../platform/uuid';
import type { AuditLog } from './audit-log';
import { Namespace } from './namespace';

/** Makes namespaces. */
export class NamespaceService {
  constructor(private readonly database: Database, private readonly audit: AuditLog) {}

  /**
   * @throws FORBIDDEN for anyone but an operator
   * @throws BAD_USER_INPUT when the name has the wrong form
   * @throws NAME_TAKEN
   */
  async create(scope: RequestScope, name: string): Promise<Namespace> {
    if (!scope.caller.isOperator) throw new PlatformError('FORBIDDEN', 'Only an operator creates namespaces.');
    const namespace = { id: newId(), name: requireName(name), createdById: scope.caller.principalId };
    try {
      return await this.database.transaction(async (manager) => {
        await manager.getRepository(Namespace).insert(namespace);
        await this.audit.record(manager, {
          scope, namespace: name, action: 'createNamespace', subjectType: 'Namespace', subjectId: namespace.id, details: { name },
        });
        return manager.getRepository(Namespace).findOneByOrFail({ id: namespace.id });
      });
    } catch (error) {
      if (isUniqueViolation(error)) throw new PlatformError('NAME_TAKEN', `There is a namespace "${name}" already.`, {}, { cause: error });
      throw error;
    }
  }
}
