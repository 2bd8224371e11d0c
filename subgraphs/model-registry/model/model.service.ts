import type { EntityManager } from 'typeorm';
import { requireRole, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { isUniqueViolation } from '../../../platform/database/violation';
import { PlatformError } from '../../../platform/errors';
import { requireName } from '../../../platform/name';
import { newId } from '../../../platform/uuid';
import type { AuditLog, NamespaceDirectory } from '../../identity';
import { Model } from './model';
import type { ModelDirectory } from './model-directory';

export interface ModelTexts {
  description?: string | null;
  tags?: string[] | null;
}

export interface ModelParts {
  database: Database;
  audit: AuditLog;
  namespaces: NamespaceDirectory;
  directory: ModelDirectory;
}

interface ModelChange {
  scope: RequestScope;
  model: Model;
  action: string;
  details?: object;
}

const DESCRIPTION_MAX_LENGTH = 20_000;
const TAGS_MAX = 32;
const TAG_MAX_LENGTH = 64;

/** Makes and changes models; their versions come by upload. */
export class ModelService {
  constructor(private readonly parts: ModelParts) {}

  /** @throws NAMESPACE_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, NAME_TAKEN */
  async create(scope: RequestScope, input: { namespace: string; name: string } & ModelTexts): Promise<Model> {
    const { namespace, name } = input;
    requireRole(scope.caller, namespace, 'DEVELOPER');
    await this.parts.namespaces.require(namespace);
    const id = newId();
    const texts = readTexts(input);
    const row = { id, namespaceName: namespace, name: requireName(name), createdById: scope.caller.principalId, tags: [], ...texts };
    try {
      return await this.parts.database.transaction(async (manager) => {
        await manager.getRepository(Model).insert(row);
        await this.parts.audit.record(manager, {
          scope, namespace, action: 'createModel', subjectType: 'Model', subjectId: id, details: { name, ...texts },
        });
        return manager.getRepository(Model).findOneByOrFail({ id });
      });
    } catch (error) {
      if (isUniqueViolation(error, 'model_full_name')) {
        throw new PlatformError('NAME_TAKEN', `There is a model "${namespace}/${name}" already.`, {}, { cause: error });
      }
      throw error;
    }
  }

  /** Leaves what is not given as it is. @throws MODEL_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async update(scope: RequestScope, fullName: string, texts: ModelTexts): Promise<Model> {
    const model = await this.parts.directory.require(scope.caller, fullName, 'DEVELOPER');
    const changes = readTexts(texts);
    return this.#change({ scope, model, action: 'updateModel', details: changes }, async (manager) => {
      await manager.getRepository(Model).update({ id: model.id }, { ...changes, updatedAt: new Date() });
    });
  }

  /** Changes its tags from what they are now, in one turn with whoever else does. @throws MODEL_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async retag(scope: RequestScope, fullName: string, change: (tags: string[]) => string[]): Promise<Model> {
    const model = await this.parts.directory.require(scope.caller, fullName, 'DEVELOPER');
    return this.parts.database.transaction(async (manager) => {
      const [row]: { tags: string[] }[] = await manager.query('select tags from model where id = $1 for update', [model.id]);
      const tags = readTags(change(row!.tags));
      await manager.getRepository(Model).update({ id: model.id }, { tags, updatedAt: new Date() });
      await this.parts.audit.record(manager, {
        scope, namespace: model.namespaceName, action: 'updateModel', subjectType: 'Model', subjectId: model.id, details: { tags },
      });
      return manager.getRepository(Model).findOneByOrFail({ id: model.id });
    });
  }

  /** Takes the model out of lists and closes it to new versions; archiving twice is the same as once. @throws MODEL_NOT_FOUND, FORBIDDEN */
  async archive(scope: RequestScope, fullName: string): Promise<Model> {
    const model = await this.parts.directory.require(scope.caller, fullName, 'DEVELOPER');
    return this.#change({ scope, model, action: 'archiveModel' }, async (manager) => {
      await manager.query('update model set archived_at = now(), updated_at = now() where id = $1 and archived_at is null', [model.id]);
    });
  }

  async #change({ scope, model, action, details = {} }: ModelChange, work: (manager: EntityManager) => Promise<void>): Promise<Model> {
    const { id, namespaceName } = model;
    return this.parts.database.transaction(async (manager) => {
      await work(manager);
      await this.parts.audit.record(manager, { scope, namespace: namespaceName, action, subjectType: 'Model', subjectId: id, details });
      return manager.getRepository(Model).findOneByOrFail({ id });
    });
  }
}

function readTexts({ description, tags }: ModelTexts): { description?: string | null; tags?: string[] } {
  if (description && description.length > DESCRIPTION_MAX_LENGTH) {
    throw new PlatformError('BAD_USER_INPUT', `A description has at most ${DESCRIPTION_MAX_LENGTH} characters, got ${description.length}.`);
  }
  return { ...(description !== undefined && { description }), ...(tags && { tags: readTags(tags) }) };
}

function readTags(tags: string[]): string[] {
  const unique = [...new Set(tags.map((tag) => tag.trim()))];
  const isWrong = unique.some((tag) => tag.length === 0 || tag.length > TAG_MAX_LENGTH);
  if (isWrong || unique.length > TAGS_MAX) {
    throw new PlatformError('BAD_USER_INPUT', `Expected at most ${TAGS_MAX} tags of 1 to ${TAG_MAX_LENGTH} characters.`);
  }
  return unique;
}
