import { In } from 'typeorm';
import { hasRole, roleIn, visibleNamespaces, type Caller, type RequestScope } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { isUniqueViolation } from '../../platform/database/violation';
import { keysetPage } from '../../platform/database/keyset';
import { PlatformError } from '../../platform/errors';
import { requireName } from '../../platform/name';
import type { Page, PageRequest } from '../../platform/paging';
import { newId } from '../../platform/uuid';
import type { AuditLog } from './audit-log';
import { Namespace } from './namespace';

/** Which namespaces exist. */
export class NamespaceDirectory {
  constructor(private readonly database: Database, private readonly audit: AuditLog) {}

  /** @throws NAMESPACE_NOT_FOUND */
  async require(name: string): Promise<Namespace> {
    const namespace = await this.#repository.findOneBy({ name });
    if (!namespace) throw new PlatformError('NAMESPACE_NOT_FOUND', `There is no namespace "${name}".`);
    return namespace;
  }

  /** Null also where the caller has no role, so that a stranger cannot tell it exists. */
  async find(caller: Caller, name: string): Promise<Namespace | null> {
    return hasRole(caller, name, 'VIEWER') ? this.#repository.findOneBy({ name }) : null;
  }

  page(caller: Caller, request: PageRequest): Promise<Page<Namespace>> {
    const namespaces = this.#repository.createQueryBuilder('namespace');
    const visible = visibleNamespaces(caller);
    if (visible) namespaces.where('namespace.name = any(:visible)', { visible });
    return keysetPage(namespaces, request);
  }

  /** All of the given ids and names that the caller may see, in one statement. */
  async visibleAmong(caller: Caller, { ids, names }: { ids: string[]; names: string[] }): Promise<Namespace[]> {
    const found = await this.#repository.findBy([{ id: In(ids) }, { name: In(names) }]);
    return found.filter(({ name }) => roleIn(caller, name) !== null);
  }

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
        await this.audit.record(manager, { scope, namespace: name, action: 'createNamespace', subjectType: 'Namespace', subjectId: namespace.id, details: { name } });
        return manager.getRepository(Namespace).findOneByOrFail({ id: namespace.id });
      });
    } catch (error) {
      if (isUniqueViolation(error)) throw new PlatformError('NAME_TAKEN', `There is a namespace "${name}" already.`, {}, { cause: error });
      throw error;
    }
  }

  get #repository() {
    return this.database.source.getRepository(Namespace);
  }
}
