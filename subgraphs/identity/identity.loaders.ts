import DataLoader from 'dataloader';
import { In } from 'typeorm';
import type { RequestScope } from '../../platform/caller';
import { childPageLoader, type ChildPageLoader } from '../../platform/database/child-pages';
import type { Database } from '../../platform/database/database';
import type { SubgraphContext } from '../../platform/subgraph/subgraph';
import { ApiKey } from './api-key';
import { AuditEvent } from './audit-event';
import { Namespace } from './namespace';
import type { NamespaceDirectory } from './namespace-directory';
import { Principal } from './principal';
import { visiblePrincipals } from './principal.store';

export interface IdentityLoaders {
  principalById: DataLoader<string, Principal | null>;
  visiblePrincipalById: DataLoader<string, Principal | null>;
  namespaceByKey: DataLoader<string, Namespace | null>;
  apiKeysByNamespace: ChildPageLoader<ApiKey>;
  auditEventsByNamespace: ChildPageLoader<AuditEvent>;
}

export interface IdentityContext extends SubgraphContext {
  readonly loaders: IdentityLoaders;
}

/** Fresh per operation and per subscription event: nothing read for one caller serves another. */
export function identityLoaders(
  { database, namespaces }: { database: Database; namespaces: NamespaceDirectory }, { caller }: RequestScope,
): IdentityLoaders {
  return {
    principalById: new DataLoader(async (ids) => {
      const rows = await database.source.getRepository(Principal).findBy({ id: In([...ids]) });
      return inOrder(ids, rows, ({ id }) => [id]);
    }),
    visiblePrincipalById: new DataLoader(async (ids) => inOrder(ids, await visiblePrincipals(database, caller, ids), ({ id }) => [id])),
    namespaceByKey: new DataLoader(
      async (keys) => inOrder(keys, await namespaces.visibleAmong(caller, keys), ({ id, name }) => [id, name]),
    ),
    apiKeysByNamespace: childPageLoader(database, ApiKey, 'namespace'),
    auditEventsByNamespace: childPageLoader(database, AuditEvent, 'namespace'),
  };
}

function inOrder<Row>(keys: readonly string[], rows: Row[], keysOf: (row: Row) => string[]): (Row | null)[] {
  const byKey = new Map(rows.flatMap((row) => keysOf(row).map((key) => [key, row] as const)));
  return keys.map((key) => byKey.get(key) ?? null);
}
