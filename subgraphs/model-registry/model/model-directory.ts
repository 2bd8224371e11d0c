import { In } from 'typeorm';
import { requireRole, roleIn, visibleNamespaces, type Caller, type Role } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { keysetPage } from '../../../platform/database/keyset';
import { PlatformError } from '../../../platform/errors';
import { parseFullName } from '../../../platform/name';
import type { Page, PageRequest } from '../../../platform/paging';
import { isId } from '../../../platform/uuid';
import { Model } from './model';

export interface ModelFilter {
  /** Null: every namespace the caller may see. */
  namespace?: string | null;
  /** Part of a name or description, any case. */
  search?: string | null;
  /** Archived models are left out unless asked for. */
  includeArchived?: boolean;
  /** All of these tags. */
  tags?: readonly string[];
}

/** Finds models, for callers who may see them. */
export class ModelDirectory {
  constructor(private readonly database: Database) {}

  /**
   * @throws MODEL_NOT_FOUND also where the caller has no role
   * @throws FORBIDDEN
   */
  async require(caller: Caller, fullName: string, needed: Role): Promise<Model> {
    const parsed = parseFullName(fullName);
    const isVisible = parsed !== null && roleIn(caller, parsed.namespace) !== null;
    if (isVisible) requireRole(caller, parsed.namespace, needed);
    const model = isVisible ? await this.#repository.findOneBy({ namespaceName: parsed.namespace, name: parsed.name }) : null;
    if (!model) throw new PlatformError('MODEL_NOT_FOUND', `There is no model "${fullName.slice(0, 140)}".`);
    return model;
  }

  /** @throws NAMESPACE_NOT_FOUND when the filter names a namespace in which the caller has no role */
  async page(caller: Caller, { namespace, search, includeArchived = false, tags = [] }: ModelFilter, request: PageRequest): Promise<Page<Model>> {
    if (namespace) requireRole(caller, namespace, 'VIEWER');
    const models = this.#repository.createQueryBuilder('model');
    const visible = visibleNamespaces(caller);
    if (visible) models.andWhere('model.namespace = any(:visible)', { visible });
    if (namespace) models.andWhere('model.namespace = :namespace', { namespace });
    if (search) models.andWhere('(model.name ilike :pattern or model.description ilike :pattern)', { pattern: containing(search) });
    if (tags.length > 0) models.andWhere('model.tags @> :tags::text[]', { tags });
    if (!includeArchived) models.andWhere('model.archived_at is null');
    return keysetPage(models, request);
  }

  /** The models with one of these ids or full names that the caller may see, in one statement. */
  async visibleAmong(caller: Caller, keys: readonly string[]): Promise<Model[]> {
    const fullNames = keys.filter((key) => !isId(key)).flatMap((key) => parseFullName(key) ?? []);
    const byName = fullNames.map(({ namespace, name }) => ({ namespaceName: namespace, name }));
    const found = await this.#repository.findBy([{ id: In(keys.filter(isId)) }, ...byName]);
    return found.filter(({ namespaceName }) => roleIn(caller, namespaceName) !== null);
  }

  get #repository() {
    return this.database.source.getRepository(Model);
  }
}

/** Percent signs and underscores of the search text mean themselves. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
