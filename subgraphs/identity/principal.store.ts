import { visibleNamespaces, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { isId } from '../../platform/uuid';
import type { Principal } from './principal';

/**
 * The principals among `ids` that the caller may know: itself, the operators, and those who hold a key or came with a token
 * in namespaces where it has a role.
 * Everyone else's names stay inside their namespaces.
 */
export function visiblePrincipals(database: Database, caller: Caller, ids: readonly string[]): Promise<Principal[]> {
  return database.query<Principal>({
    name: 'identity-visible-principals',
    text: `select p.id, p.name, p.is_operator as "isOperator", p.created_at as "createdAt" from principal p
           where p.id = any($1::uuid[])
             and ($2::text[] is null or p.is_operator or p.id = $3
                  or exists (select 1 from api_key k where k.principal_id = p.id and k.namespace = any($2))
                  or exists (select 1 from principal_namespace n where n.principal_id = p.id and n.namespace = any($2)))`,
    values: [ids.filter(isId), visibleNamespaces(caller), caller.principalId],
  });
}
