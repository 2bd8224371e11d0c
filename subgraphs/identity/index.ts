import { ApiKey } from './api-key';
import { AuditEvent } from './audit-event';
import { Namespace } from './namespace';
import { Principal } from './principal';

export { ApiKeyService } from './api-key.service';
export { insertAuditEvents } from './audit-event.sql';
export { AuditLog } from './audit-log';
export { authenticationRoutes } from './authentication.route';
export { ensureBootstrap } from './bootstrap';
export { createIdentitySubgraph } from './identity.subgraph';
export { identityService } from './identity.service';
export { NamespaceDirectory } from './namespace-directory';

/** The tables of this subgraph, for the process's one data source. */
export const identityEntities = [Principal, Namespace, ApiKey, AuditEvent];
