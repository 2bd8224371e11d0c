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

/**
 * The insert of audit events as SQL, so that a statement that writes thousands of rows a second can carry it along instead of sending a
 * second one.
 * @param parameter the placeholder of `auditRows`, such as `$4`
 * @param condition which rows of `a` to take, where the statement itself decides
 */
export function insertAuditEvents(parameter: string, condition = 'true'): string {
  return `
    insert into audit_event (id, namespace, action, subject_type, subject_id, principal_id, request_id, details)
    select id, namespace, action, subject_type, subject_id, principal_id, request_id, details
    from json_to_recordset(${parameter}::json) as a(
      id uuid, namespace text, action text, subject_type text, subject_id text, principal_id uuid, request_id text, details jsonb)
    where ${condition}`;
}

export function auditRows(entries: readonly AuditEntry[]): string {
  return JSON.stringify(entries.map(({ scope, namespace, action, subjectType, subjectId, details = {} }) => ({
    id: newId(), namespace, action, subject_type: subjectType, subject_id: subjectId,
    principal_id: scope.caller.principalId, request_id: scope.requestId, details,
  })));
}
