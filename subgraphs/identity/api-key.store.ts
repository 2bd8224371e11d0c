import type { Role } from '../../platform/caller';
import type { Database } from '../../platform/database/database';

export interface KeyHolder {
  keyId: string;
  principalId: string;
  principalName: string;
  isOperator: boolean;
  /** Null on the bootstrap key alone. */
  namespace: string | null;
  role: Role;
  /** Whether `last_used_at` is a minute old or was never written. */
  isTouchDue: boolean;
}

/** Who holds the key with this digest; null when there is none, or it is revoked or expired. Runs once per request: prepared. */
export async function findKeyHolder(database: Database, digest: Buffer): Promise<KeyHolder | null> {
  const [holder] = await database.query<KeyHolder>({
    name: 'identity-find-key-holder',
    text: `select k.id as "keyId", p.id as "principalId", p.name as "principalName", p.is_operator as "isOperator", k.namespace, k.role,
                  coalesce(k.last_used_at < now() - interval '1 minute', true) as "isTouchDue"
           from api_key k join principal p on p.id = k.principal_id
           where k.secret_sha256 = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
    values: [digest],
  });
  return holder ?? null;
}

/** The condition is repeated here, so that of many requests in the same minute one writes. */
export async function touchKey(database: Database, keyId: string): Promise<void> {
  await database.query({
    text: `update api_key set last_used_at = now() where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)`,
    values: [keyId],
  });
}
