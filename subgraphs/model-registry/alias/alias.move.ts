import type { EntityManager } from 'typeorm';
import { requireRole, type RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { newId } from '../../../platform/uuid';
import type { AuditLog } from '../../identity';
import type { Model } from '../model/model';
import { AliasChange } from './alias-change';
import { ModelAlias } from './model-alias';

/** Where an alias goes. */
export interface AliasMove {
  scope: RequestScope;
  model: Model;
  version: { id: string; number: number } | null;
  action: string;
  /** The move whose version comes back, of a rollback. */
  restores?: string;
}

/** Makes the row when there is none and locks it either way, so that moves of one alias follow one another. */
export async function lockAlias(manager: EntityManager, modelId: string, name: string): Promise<ModelAlias> {
  await manager.query(
    'insert into model_alias (id, model_id, name) values ($1, $2, $3) on conflict on constraint model_alias_name do nothing',
    [newId(), modelId, name],
  );
  return manager.getRepository(ModelAlias).findOneOrFail({ where: { modelId, name }, lock: { mode: 'pessimistic_write' } });
}

/**
 * Moves a locked alias and writes the move down. Protection is looked at under the lock: whoever waited for it moves no alias that was protected meanwhile.
 * @throws FORBIDDEN when the alias is protected and the caller no admin
 */
export async function moveAlias(manager: EntityManager, audit: AuditLog, alias: ModelAlias, move: AliasMove): Promise<void> {
  const { scope, model, version, action, restores = null } = move;
  requireMover(alias, scope, model);
  await manager.query(
    'update model_alias set version_id = $2, updated_at = clock_timestamp() where id = $1', [alias.id, version?.id ?? null],
  );
  // Not now(), the start of the transaction: moves that waited for the lock would stand in the wrong order.
  await manager.getRepository(AliasChange).insert({
    id: newId(), aliasId: alias.id, versionId: version?.id ?? null, restoresId: restores,
    createdById: scope.caller.principalId, createdAt: () => 'clock_timestamp()',
  });
  const details = { alias: alias.name, version: version?.number ?? null };
  await audit.record(manager, { scope, namespace: model.namespaceName, action, subjectType: 'Model', subjectId: model.id, details });
}

function requireMover({ isProtected, name }: ModelAlias, { caller }: RequestScope, { namespaceName, fullName }: Model): void {
  if (!isProtected) return;
  try {
    requireRole(caller, namespaceName, 'ADMIN');
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    throw new PlatformError('FORBIDDEN', `The alias "${name}" of "${fullName}" is protected: only an ADMIN of "${namespaceName}" moves it.`, error.details, { cause: error });
  }
}
