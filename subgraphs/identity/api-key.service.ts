import { requireRole, roleIn, type Caller, type RequestScope, type Role } from '../../platform/caller';
import { Coalescer } from '../../platform/coalescer';
import type { Database } from '../../platform/database/database';
import { PlatformError } from '../../platform/errors';
import { isId, newId } from '../../platform/uuid';
import { ApiKey } from './api-key';
import { findKeyHolders, touchKeys, type KeyHolder } from './api-key.store';
import type { AuditLog } from './audit-log';
import type { NamespaceDirectory } from './namespace-directory';
import { Principal } from './principal';
import { digestOf, newSecret, prefixOf } from './secret';

export interface NewApiKey {
  namespace: string;
  name: string;
  role: Role;
  expiresAt?: Date | null;
}

const NAME_MAX_LENGTH = 120;
const SECRET_MAX_LENGTH = 500;
const MAX_LOOKUPS = 500;

/** Makes, revokes and recognises API keys. */
export class ApiKeyService {
  readonly #lookups = new Coalescer<string, Caller | null>({
    maxBatch: MAX_LOOKUPS, maxInFlight: 4, run: (secrets) => this.authenticateAll(secrets),
  });

  constructor(private readonly database: Database, private readonly namespaces: NamespaceDirectory, private readonly audit: AuditLog) {}

  /** Who holds this key; null when it is unknown, revoked or expired, without telling which. Those asked for together are one look-up. */
  authenticate(secret: string): Promise<Caller | null> {
    return this.#lookups.add(secret);
  }

  /** The same for many keys, in their order. */
  async authenticateAll(secrets: readonly string[]): Promise<(Caller | null)[]> {
    const digests = secrets.map((secret) => digestOf(secret.length > SECRET_MAX_LENGTH ? '' : secret));
    const holders = await findKeyHolders(this.database, digests);
    const due = holders.flatMap((holder) => (holder?.isTouchDue ? [holder.keyId] : []));
    if (due.length > 0) await touchKeys(this.database, due);
    return holders.map((holder) => holder && callerOf(holder));
  }

  /**
   * Each key is a principal of its own, so that `createdBy` tells keys apart. The secret is answered once and kept nowhere.
   * @throws NAMESPACE_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT
   */
  async create(scope: RequestScope, input: NewApiKey): Promise<{ apiKey: ApiKey; secret: string }> {
    requireRole(scope.caller, input.namespace, 'ADMIN');
    await this.namespaces.require(input.namespace);
    const { namespace, role, expiresAt = null } = input;
    const name = requireLabel(input.name);
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw new PlatformError('BAD_USER_INPUT', 'expiresAt must lie in the future.');
    const secret = newSecret();
    const [id, principalId] = [newId(), newId()];
    const apiKey = await this.database.transaction(async (manager) => {
      await manager.getRepository(Principal).insert({ id: principalId, name, isOperator: false });
      await manager.getRepository(ApiKey).insert({
        id, namespace, principalId, name, prefix: prefixOf(secret),
        secretSha256: digestOf(secret), role, createdById: scope.caller.principalId, expiresAt,
      });
      await this.audit.record(manager, {
        scope, namespace, action: 'createApiKey', subjectType: 'ApiKey', subjectId: id, details: { name, role, expiresAt },
      });
      return manager.getRepository(ApiKey).findOneByOrFail({ id });
    });
    return { apiKey, secret };
  }

  /**
   * Ends a key for good; revoking twice is the same as once.
   * @throws API_KEY_NOT_FOUND also where the caller has no role in the key's namespace
   * @throws FORBIDDEN
   */
  async revoke(scope: RequestScope, id: string): Promise<ApiKey> {
    const key = isId(id) ? await this.database.source.getRepository(ApiKey).findOneBy({ id }) : null;
    // The bootstrap key has no namespace: revoking it here would lock the operator out.
    if (!key?.namespace || roleIn(scope.caller, key.namespace) === null) {
      throw new PlatformError('API_KEY_NOT_FOUND', `There is no API key "${id.slice(0, 80)}".`);
    }
    const { namespace } = key;
    requireRole(scope.caller, namespace, 'ADMIN');
    return this.database.transaction(async (manager) => {
      const update = manager.createQueryBuilder().update(ApiKey).set({ revokedAt: () => 'now()' });
      const { affected } = await update.where('id = :id and revoked_at is null', { id }).execute();
      if (affected) {
        await this.audit.record(manager, {
          scope, namespace, action: 'revokeApiKey', subjectType: 'ApiKey', subjectId: id, details: { name: key.name },
        });
      }
      return manager.getRepository(ApiKey).findOneByOrFail({ id });
    });
  }
}

function callerOf({ principalId, principalName, isOperator, namespace, role }: KeyHolder): Caller {
  return { principalId, name: principalName, isOperator, roles: namespace === null ? {} : { [namespace]: role } };
}

function requireLabel(name: string): string {
  const label = name.trim();
  if (label.length >= 1 && label.length <= NAME_MAX_LENGTH) return label;
  throw new PlatformError('BAD_USER_INPUT', `A key's name has 1 to ${NAME_MAX_LENGTH} characters, got ${label.length}.`);
}
