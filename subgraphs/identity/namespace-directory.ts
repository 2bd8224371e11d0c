import { In } from 'typeorm';
import { hasRole, roleIn, visibleNamespaces, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { keysetPage } from '../../platform/database/keyset';
import { PlatformError } from '../../platform/errors';
import type { Page, PageRequest } from '../../platform/paging';
import { isId } from '../../platform/uuid';
import { Namespace } from './namespace';

/** Which namespaces exist. */
export class NamespaceDirectory {
  constructor(private readonly database: Database) {}

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

  /** The namespaces with one of the given ids or names that the caller may see, in one statement. */
  async visibleAmong(caller: Caller, keys: readonly string[]): Promise<Namespace[]> {
    const found = await this.#repository.findBy([{ id: In(keys.filter(isId)) }, { name: In([...keys]) }]);
    return found.filter(({ name }) => roleIn(caller, name) !== null);
  }

  get #repository() {
    return this.database.source.getRepository(Namespace);
  }
}
