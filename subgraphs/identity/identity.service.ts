import type { Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { ApiKeyService } from './api-key.service';
import { AuditLog } from './audit-log';
import { NamespaceDirectory } from './namespace-directory';
import { PrincipalKeeper } from './principal.keeper';

/** What the gateway asks of identity beside the graph: whose key this is, and to keep who came with a token. */
export interface IdentityService {
  authenticate(secret: string): Promise<Caller | null>;
  authenticateAll(secrets: readonly string[]): Promise<(Caller | null)[]>;
  keep(caller: Caller): Promise<void>;
}

export function identityService(database: Database): IdentityService {
  const keys = new ApiKeyService(database, new NamespaceDirectory(database), new AuditLog());
  const principals = new PrincipalKeeper(database);
  return {
    authenticate: (secret) => keys.authenticate(secret),
    authenticateAll: (secrets) => keys.authenticateAll(secrets),
    keep: (caller) => principals.keep(caller),
  };
}
