import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/uuid';
import { AuditEvent } from './audit-event';

export interface AuditEntry {
  /** The request and its principal; a `RequestScope` fits. */
  scope: { requestId: string; caller: { principalId: string } };
  /** Whose admins may read the event; null for the operator alone. */
  namespace: string | null;
  /** The mutation's name. */
  action: string;
  subjectType: string;
  subjectId: string;
  /** Readable by the namespace's admins: never secrets, never tensors. */
  details?: object;
}

/** Writes the history of who changed what. */
export class AuditLog {
  /** Writes the events of a mutation inside its own transaction, so that neither exists without the other; one statement for all. */
  async record(manager: EntityManager, events: AuditEntry | AuditEntry[]): Promise<void> {
    const entries = Array.isArray(events) ? events : [events];
    if (entries.length === 0) return;
    await manager.getRepository(AuditEvent).insert(entries.map(toRow));
  }
}

function toRow({ scope, namespace, action, subjectType, subjectId, details = {} }: AuditEntry) {
  return { id: newId(), namespace, action, subjectType, subjectId, principalId: scope.caller.principalId, requestId: scope.requestId, details };
}
