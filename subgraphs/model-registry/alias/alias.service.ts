import type { EntityManager } from 'typeorm';
import type { RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { requireName } from '../../../platform/name';
import type { AuditLog } from '../../identity';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import { ModelVersion } from '../version/model-version';
import { findEarlierMove } from './alias.history';
import { lockAlias, moveAlias } from './alias.move';
import { ModelAlias } from './model-alias';

export interface AliasParts {
  database: Database;
  audit: AuditLog;
  models: ModelDirectory;
}

/** Moves aliases and keeps every move. */
export class AliasService {
  constructor(private readonly parts: AliasParts) {}

  /**
   * Names a READY version; moving an alias to where it is changes nothing.
   * @throws MODEL_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, VERSION_NOT_FOUND, VERSION_NOT_READY
   */
  async set(scope: RequestScope, input: { model: string; alias: string; version: number }): Promise<ModelAlias> {
    const model = await this.parts.models.require(scope.caller, input.model, 'DEVELOPER');
    const name = requireName(input.alias);
    return this.parts.database.transaction(async (manager) => {
      const version = await requireReady(manager, model, input.version);
      const alias = await lockAlias(manager, model.id, name);
      if (alias.versionId !== version.id) await moveAlias(manager, this.parts.audit, alias, { scope, model, version, action: 'setAlias' });
      return manager.getRepository(ModelAlias).findOneByOrFail({ id: alias.id });
    });
  }

  /**
   * Names again what the alias named before its present version, or before it was removed; each further rollback goes one version further back.
   * @throws MODEL_NOT_FOUND, FORBIDDEN, ALIAS_NOT_FOUND, VERSION_NOT_READY
   */
  async rollback(scope: RequestScope, input: { model: string; alias: string }): Promise<ModelAlias> {
    const model = await this.parts.models.require(scope.caller, input.model, 'DEVELOPER');
    return this.parts.database.transaction(async (manager) => {
      const alias = await findLocked(manager, model, input.alias);
      const earlier = await findEarlierMove(manager, alias.id);
      if (!earlier) throw new PlatformError('ALIAS_NOT_FOUND', `"${alias.name}" of "${model.fullName}" has named no other version before.`);
      const { number } = await manager.getRepository(ModelVersion).findOneByOrFail({ id: earlier.versionId });
      const version = await requireReady(manager, model, number);
      await moveAlias(manager, this.parts.audit, alias, { scope, model, version, action: 'rollbackAlias', restores: earlier.id });
      return manager.getRepository(ModelAlias).findOneByOrFail({ id: alias.id });
    });
  }

  /** A name may be protected before it is first set. @throws MODEL_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async protect(scope: RequestScope, input: { model: string; alias: string; isProtected: boolean }): Promise<Model> {
    const model = await this.parts.models.require(scope.caller, input.model, 'ADMIN');
    const name = requireName(input.alias);
    const { isProtected } = input;
    return this.parts.database.transaction(async (manager) => {
      const alias = await lockAlias(manager, model.id, name);
      await manager.query('update model_alias set is_protected = $2 where id = $1', [alias.id, isProtected]);
      const details = { alias: name, isProtected };
      await this.parts.audit.record(manager, {
        scope, namespace: model.namespaceName, action: 'protectAlias', subjectType: 'Model', subjectId: model.id, details,
      });
      return model;
    });
  }

  /** @throws MODEL_NOT_FOUND, FORBIDDEN, ALIAS_NOT_FOUND */
  async remove(scope: RequestScope, input: { model: string; alias: string }): Promise<Model> {
    const model = await this.parts.models.require(scope.caller, input.model, 'DEVELOPER');
    return this.parts.database.transaction(async (manager) => {
      const alias = await findLocked(manager, model, input.alias);
      if (!alias.versionId) throw unknownAlias(model, input.alias);
      await moveAlias(manager, this.parts.audit, alias, { scope, model, version: null, action: 'removeAlias' });
      return model;
    });
  }
}

async function requireReady(manager: EntityManager, model: Model, number: number): Promise<ModelVersion> {
  const version = await manager.getRepository(ModelVersion).findOneBy({ modelId: model.id, number });
  if (!version) throw new PlatformError('VERSION_NOT_FOUND', `"${model.fullName}" has no version ${number}.`);
  if (version.state !== 'READY') {
    throw new PlatformError('VERSION_NOT_READY', `Version ${number} is ${version.state}; an alias names a READY version.`, {
      state: version.state,
    });
  }
  return version;
}

async function findLocked(manager: EntityManager, model: Model, name: string): Promise<ModelAlias> {
  const alias = await manager.getRepository(ModelAlias).findOne({ where: { modelId: model.id, name }, lock: { mode: 'pessimistic_write' } });
  if (!alias) throw unknownAlias(model, name);
  return alias;
}

function unknownAlias({ fullName }: Model, name: string): PlatformError {
  return new PlatformError('ALIAS_NOT_FOUND', `"${fullName}" has no alias "${name.slice(0, 80)}".`);
}
