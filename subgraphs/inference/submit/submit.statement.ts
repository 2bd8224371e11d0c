import type { Statement } from '../../../platform/database/database';
import { newId } from '../../../platform/uuid';
import { insertAuditEvents } from '../../identity';

/** A submit that passed every check, as rows. */
export interface SubmitRecord {
  id: string;
  /** For the audit event. */
  requestId: string;
  namespace: string;
  deploymentId: string;
  revisionId: string;
  modelVersionId: string;
  priority: number;
  itemCount: number;
  outputs: string[] | null;
  hasBlobs: boolean;
  deadlineMs: number | null;
  createdBy: string;
  createdAt: Date;
  idempotencyKey: string | null;
  bodySha256: string | null;
  /** Undefined where nobody follows the trace: such a row costs what it did without. */
  traceparent: string | undefined;
  chunks: { chunk: number; firstItem: number; itemCount: number; inputs: Buffer }[];
}

const TEXT = `
with submitted as materialized (
  select * from json_to_recordset($1::json) as s(
    id uuid, namespace text, deployment_id uuid, revision_id uuid, model_version_id uuid, priority int, item_count int, outputs jsonb,
    has_blobs boolean, deadline_ms int, deadline_at timestamptz, created_by uuid, created_at timestamptz, key text, body_sha256 text,
    audit_id uuid, request_id text, traceparent text)
),
keys as (
  insert into idempotency_key (namespace, principal_id, key, body_sha256, job_id)
  select namespace, created_by, key, decode(body_sha256, 'hex'), id from submitted where key is not null
  order by namespace, created_by, key
  on conflict do nothing
  returning job_id
),
accepted as materialized (
  select * from submitted where key is null or id in (select job_id from keys)
),
jobs as (
  insert into job (id, namespace, deployment_id, revision_id, model_version_id, priority, item_count, outputs, has_blobs, deadline_ms, deadline_at, expires_at, created_by, created_at, queued_at, traceparent)
  select id, namespace, deployment_id, revision_id, model_version_id, priority, item_count, outputs, has_blobs, deadline_ms, deadline_at, deadline_at, created_by, created_at, created_at, traceparent
  from accepted
),
events as (
  insert into job_event (job_id, seq, kind, at) select id, 1, 'QUEUED', created_at from accepted
),
chunks as (
  insert into job_chunk (job_id, revision_id, chunk, first_item, item_count, queued_at, inputs)
  select a.id, a.revision_id, c.chunk, c.first_item, c.item_count, a.created_at, substring($3::bytea from c.start + 1 for c.size)
  from json_to_recordset($2::json) as c(job_id uuid, chunk int, first_item int, item_count int, start int, size int) join accepted a on a.id = c.job_id
),
audit as (${insertAuditEvents(`
  select audit_id, namespace, 'submitInference', 'Job', id::text, created_by, request_id,
    json_build_object('deploymentId', deployment_id, 'itemCount', item_count)::jsonb from accepted`)}
)
select id from accepted`;

/** Writes jobs with their chunks, first events and audit events; returns the ids written. A submit whose idempotency key is taken is left out. */
export function submitStatement(records: readonly SubmitRecord[]): Statement {
  const inputs: Buffer[] = [];
  let start = 0;
  const chunks = records.flatMap(({ id, chunks: parts }) => parts.map((part) => {
    inputs.push(part.inputs);
    start += part.inputs.byteLength;
    const size = part.inputs.byteLength;
    return { job_id: id, chunk: part.chunk, first_item: part.firstItem, item_count: part.itemCount, start: start - size, size };
  }));
  return { name: 'inference-submit', text: TEXT, values: [JSON.stringify(records.map(toColumns)), JSON.stringify(chunks), Buffer.concat(inputs)] };
}

export function deadlineOf({ createdAt, deadlineMs }: SubmitRecord): Date | null {
  return deadlineMs === null ? null : new Date(createdAt.getTime() + deadlineMs);
}

function toColumns(record: SubmitRecord): object {
  return {
    id: record.id, namespace: record.namespace, deployment_id: record.deploymentId, revision_id: record.revisionId, model_version_id: record.modelVersionId,
    priority: record.priority, item_count: record.itemCount, outputs: record.outputs, has_blobs: record.hasBlobs, deadline_ms: record.deadlineMs,
    deadline_at: deadlineOf(record), created_by: record.createdBy, created_at: record.createdAt,
    key: record.idempotencyKey, body_sha256: record.bodySha256, audit_id: newId(), request_id: record.requestId, traceparent: record.traceparent,
  };
}
