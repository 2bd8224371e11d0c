import type { EntityManager } from 'typeorm';
import type { RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { requireName } from '../../../platform/name';
import { newId } from '../../../platform/uuid';
import type { AuditLog } from '../../identity';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import { ModelVersion } from '../version/model-version';
import { AliasChange } from './alias-change';
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
      if (alias.versionId !== version.id) await this.#move(manager, alias, { scope, model, version, action: 'setAlias' });
      return manager.getRepository(ModelAlias).findOneByOrFail({ id: alias.id });
    });
  }

  /** @throws MODEL_NOT_FOUND, FORBIDDEN, ALIAS_NOT_FOUND */
  async remove(scope: RequestScope, input: { model: string; alias: string }): Promise<Model> {
    const model = await this.parts.models.require(scope.caller, input.model, 'DEVELOPER');
    return this.parts.database.transaction(async (manager) => {
      const alias = await manager.getRepository(ModelAlias).findOne({
        where: { modelId: model.id, name: input.alias }, lock: { mode: 'pessimistic_write' },
      });
      if (!alias?.versionId) throw new PlatformError('ALIAS_NOT_FOUND', `"${model.fullName}" has no alias "${input.alias.slice(0, 80)}".`);
      await this.#move(manager, alias, { scope, model, version: null, action: 'removeAlias' });
      return model;
    });
  }

  async #move(
    manager: EntityManager, alias: ModelAlias, change: { scope: RequestScope; model: Model; version: ModelVersion | null; action: string },
  ): Promise<void> {
    const { scope, model, version, action } = change;
    await manager.query(
      'update model_alias set version_id = $2, updated_at = clock_timestamp() where id = $1', [alias.id, version?.id ?? null],
    );
    // Not now(), the start of the transaction: moves that waited for the lock would stand in the wrong order.
    await manager.getRepository(AliasChange).insert({
      id: newId(), aliasId: alias.id, versionId: version?.id ?? null,
      createdById: scope.caller.principalId, createdAt: () => 'clock_timestamp()',
    });
    const details = { alias: alias.name, version: version?.number ?? null };
    await this.parts.audit.record(manager, {
      scope, namespace: model.namespaceName, action, subjectType: 'Model', subjectId: model.id, details,
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

/** Makes the row when there is none and locks it either way, so that moves of one alias follow one another. */
async function lockAlias(manager: EntityManager, modelId: string, name: string): Promise<ModelAlias> {
  await manager.query(
    'insert into model_alias (id, model_id, name) values ($1, $2, $3) on conflict on constraint model_alias_name do nothing',
    [newId(), modelId, name],
  );
  return manager.getRepository(ModelAlias).findOneOrFail({ where: { modelId, name }, lock: { mode: 'pessimistic_write' } });
}
