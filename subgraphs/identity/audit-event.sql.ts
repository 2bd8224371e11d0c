import { newId } from '../../platform/uuid';

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

const COLUMNS = 'id, namespace, action, subject_type, subject_id, principal_id, request_id, details';

/**
 * The insert of audit events as SQL. A statement that writes thousands of rows a second carries it along and makes the events of its own rows, instead of
 * sending them a second time.
 * @param source what the events are: a `select` of the columns in their order
 */
export function insertAuditEvents(source: string): string {
  return `insert into audit_event (${COLUMNS}) ${source}`;
}

/**
 * Audit events that are sent as they are.
 * @param parameter the placeholder of `auditRows`, such as `$1`
 */
export function sentAuditEvents(parameter: string): string {
  return `
    select ${COLUMNS} from json_to_recordset(${parameter}::json) as a(
      id uuid, namespace text, action text, subject_type text, subject_id text, principal_id uuid, request_id text, details jsonb)`;
}

export function auditRows(entries: readonly AuditEntry[]): string {
  return JSON.stringify(entries.map(({ scope, namespace, action, subjectType, subjectId, details = {} }) => ({
    id: newId(), namespace, action, subject_type: subjectType, subject_id: subjectId,
    principal_id: scope.caller.principalId, request_id: scope.requestId, details,
  })));
}
