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

/** Who hold the keys with these digests, in their order; null where there is none, or it is revoked or expired. Runs for every request: prepared. */
export async function findKeyHolders(database: Database, digests: readonly Buffer[]): Promise<(KeyHolder | null)[]> {
  const holders = await database.query<KeyHolder & { digest: Buffer }>({
    name: 'identity-find-key-holders',
    text: `select k.secret_sha256 as digest, k.id as "keyId", p.id as "principalId", p.name as "principalName",
                  p.is_operator as "isOperator", k.namespace, k.role,
                  coalesce(k.last_used_at < now() - interval '1 minute', true) as "isTouchDue"
           from api_key k join principal p on p.id = k.principal_id
           where k.secret_sha256 = any($1::bytea[]) and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
    values: [digests],
  });
  const byDigest = new Map(holders.map(({ digest, ...holder }) => [digest.toString('hex'), holder]));
  return digests.map((digest) => byDigest.get(digest.toString('hex')) ?? null);
}

/** The condition is repeated here, so that of many requests in the same minute one writes. */
export async function touchKeys(database: Database, keyIds: readonly string[]): Promise<void> {
  await database.query({
    text: `update api_key set last_used_at = now() where id = any($1::uuid[]) and coalesce(last_used_at < now() - interval '1 minute', true)`,
    values: [keyIds],
  });
}
