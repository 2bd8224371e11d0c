import { BYTE_PREFIXES } from '../../platform/bytes/byte-prefixes';
import type { Database } from '../../platform/database/database';
import { buildSubgraphSchema, containerOf, type EntityReference } from '../../platform/subgraph/build-schema';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import { ApiKeyResolver } from './api-key.resolver';
import { ApiKeyService } from './api-key.service';
import { AuditEventResolver } from './audit-event.resolver';
import { AuditLog } from './audit-log';
import { identityLoaders, type IdentityContext } from './identity.loaders';
import { NamespaceDirectory } from './namespace-directory';
import { NamespaceResolver } from './namespace.resolver';
import { NamespaceService } from './namespace.service';
import { Principal } from './principal';
import { ViewerResolver } from './viewer.resolver';

export interface IdentityDependencies {
  database: Database;
}

/** Who may do what: namespaces, API keys and the audit events. */
export function createIdentitySubgraph({ database }: IdentityDependencies): Subgraph {
  const audit = new AuditLog();
  const namespaces = new NamespaceDirectory(database);
  const keys = new ApiKeyService(database, namespaces, audit);
  const namespaceResolver = new NamespaceResolver(namespaces, new NamespaceService(database, audit));
  const { sdl, schema } = buildSubgraphSchema({
    resolvers: [ViewerResolver, NamespaceResolver, ApiKeyResolver, AuditEventResolver],
    orphanedTypes: [Principal],
    container: containerOf([new ViewerResolver(namespaces), namespaceResolver, new ApiKeyResolver(keys), new AuditEventResolver()]),
    references: { Namespace: loadNamespaces, Principal: loadPrincipals },
  });
  return {
    name: 'identity', sdl, schema,
    context: (scope) => ({ ...scope, loaders: identityLoaders({ database, namespaces }, scope) }),
    bytePrefixes: BYTE_PREFIXES.identity,
    bytes: null,
  };
}

function loadNamespaces(references: readonly EntityReference[], { loaders }: IdentityContext) {
  return Promise.all(references.map(({ id, name }) => loaders.namespaceByKey.load(String(name ?? id))));
}

function loadPrincipals(references: readonly EntityReference[], { loaders }: IdentityContext) {
  return Promise.all(references.map(({ id }) => loaders.visiblePrincipalById.load(String(id))));
}
