import type { EntityManager } from 'typeorm';
import { BOOTSTRAP_ADMIN, DEFAULT_NAMESPACE } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { newId } from '../../platform/uuid';
import { digestOf, newSecret, prefixOf } from './secret';

export interface BootstrapSettings {
  database: Database;
  /** BOOTSTRAP_API_KEY: becomes the one bootstrap key, and revokes any other. */
  bootstrapApiKey: string | null;
  /** On loopback the platform starts without ceremony: no key is made. */
  isLoopback: boolean;
}

const KEY_NAME = 'bootstrap';

/**
 * Makes what the first start needs: the operator's principal, the default namespace and, unless bound to loopback, the operator's key.
 * Safe to run at every start and by many processes at once.
 * @returns the secret of a key that was made just now, to be printed once; otherwise null
 */
export async function ensureBootstrap({ database, bootstrapApiKey, isLoopback }: BootstrapSettings): Promise<string | null> {
  return database.transaction(async (manager) => {
    await ensureOperator(manager);
    await ensureDefaultNamespace(manager);
    if (bootstrapApiKey !== null) {
      await replaceBootstrapKey(manager, bootstrapApiKey);
      return null;
    }
    if (isLoopback || await hasBootstrapKey(manager)) return null;
    const secret = newSecret();
    await replaceBootstrapKey(manager, secret);
    return secret;
  });
}

/** The update of the existing row locks it, so that of two processes starting together the second sees the first one's key. */
async function ensureOperator(manager: EntityManager): Promise<void> {
  await manager.query(
    'insert into principal (id, name, is_operator) values ($1, $2, true) on conflict (id) do update set name = excluded.name',
    [BOOTSTRAP_ADMIN.principalId, BOOTSTRAP_ADMIN.name],
  );
}

async function ensureDefaultNamespace(manager: EntityManager): Promise<void> {
  await manager.query(
    'insert into namespace (id, name, created_by) values ($1, $2, $3) on conflict (name) do nothing',
    [newId(), DEFAULT_NAMESPACE, BOOTSTRAP_ADMIN.principalId],
  );
}

async function hasBootstrapKey(manager: EntityManager): Promise<boolean> {
  const keys: unknown[] = await manager.query(
    'select 1 from api_key where principal_id = $1 and revoked_at is null limit 1',
    [BOOTSTRAP_ADMIN.principalId],
  );
  return keys.length > 0;
}

async function replaceBootstrapKey(manager: EntityManager, secret: string): Promise<void> {
  const digest = digestOf(secret);
  await manager.query(
    'update api_key set revoked_at = now() where principal_id = $1 and revoked_at is null and secret_sha256 <> $2',
    [BOOTSTRAP_ADMIN.principalId, digest],
  );
  await manager.query(
    `insert into api_key (id, namespace, principal_id, name, prefix, secret_sha256, role, created_by)
     values ($1, null, $2, $3, $4, $5, 'ADMIN', $2)
     on conflict (secret_sha256) do update set revoked_at = null`,
    [newId(), BOOTSTRAP_ADMIN.principalId, KEY_NAME, prefixOf(secret), digest],
  );
}
