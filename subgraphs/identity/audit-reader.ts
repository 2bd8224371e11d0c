import { requireRole, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { keysetPage } from '../../platform/database/keyset';
import type { Page, PageRequest } from '../../platform/paging';
import { AuditEvent } from './audit-event';

/** The audit events, for a namespace's admins. */
export class AuditReader {
  constructor(private readonly database: Database) {}

  /** @throws FORBIDDEN */
  async page(caller: Caller, namespace: string, request: PageRequest): Promise<Page<AuditEvent>> {
    requireRole(caller, namespace, 'ADMIN');
    const events = this.database.source.getRepository(AuditEvent).createQueryBuilder('event');
    return keysetPage(events.where('event.namespace = :namespace', { namespace }), request);
  }
}
