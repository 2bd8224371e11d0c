import type { EntityManager } from 'typeorm';
import { auditRows, insertAuditEvents, sentAuditEvents, type AuditEntry } from './audit-event.sql';

/** Writes the history of who changed what. */
export class AuditLog {
  /** Writes the events of a mutation inside its own transaction, so that neither exists without the other; one statement for all. */
  async record(manager: EntityManager, events: AuditEntry | AuditEntry[]): Promise<void> {
    const entries = Array.isArray(events) ? events : [events];
    if (entries.length === 0) return;
    await manager.query(insertAuditEvents(sentAuditEvents('$1')), [auditRows(entries)]);
  }
}
