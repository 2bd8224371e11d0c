import type { Statement } from '../../../platform/database/database';
import { newId } from '../../../platform/uuid';
import { insertAuditEvents } from '../../identity';
import type { ChunkReuse } from '../reuse/chunk-reuse';
import { addLoad, GATE_SLOT } from '../load/load.sql';

/** Null: as much as comes. */
export interface AdmissionLimits {
  /** Items that may wait. */
  maxQueue: number | null;
  /** Items that may be unfinished, waiting or running. */
  maxInFlight: number | null;
}

/**
 * WRITTEN · KEY_TAKEN: its idempotency key has made another job in the meantime · QUEUE_FULL: it does not fit · UNGATED: the deployment has no gate yet.
 * But for WRITTEN nothing of it is kept.
 */
export type Verdict = 'WRITTEN' | 'KEY_TAKEN' | 'QUEUE_FULL' | 'UNGATED';

export interface SubmitOutcome {
  id: string;
  verdict: Verdict;
  /** Items of the deployment after this statement; null, as the next two, where it has no limit. */
  waiting: number | null;
  unfinished: number | null;
  /** What QUEUE_FULL is about. */
  limit: 'maxQueue' | 'maxInFlight' | null;
}

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
  /** Of the deployment, in items. */
  limits: AdmissionLimits;
  createdBy: string;
  createdAt: Date;
  idempotencyKey: string | null;
  bodySha256: string | null;
  /** Undefined where nobody follows the trace: such a row costs what it did without. */
  traceparent: string | undefined;
  chunks: { chunk: number; firstItem: number; itemCount: number; inputs: Buffer; reuse: ChunkReuse | null }[];
}

const SUBMITTED = `
submitted as materialized (
  select * from json_to_recordset($1::json) as s(
    id uuid, namespace text, deployment_id uuid, revision_id uuid, model_version_id uuid, priority int, item_count int, outputs jsonb,
    has_blobs boolean, deadline_ms int, deadline_at timestamptz, created_by uuid, created_at timestamptz, key text, body_sha256 text,
    audit_id uuid, request_id text, traceparent text, max_queue int, max_in_flight int)
)`;

/** From the relation `fitting` on: what is not taken by its idempotency key becomes rows. */
const ACCEPT = `
keys as (
  insert into idempotency_key (namespace, principal_id, key, body_sha256, job_id)
  select namespace, created_by, key, decode(body_sha256, 'hex'), id from fitting where key is not null
  order by namespace, created_by, key
  on conflict do nothing
  returning job_id
),
accepted as materialized (
  select * from fitting where key is null or id in (select job_id from keys)
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
  insert into job_chunk (job_id, revision_id, chunk, first_item, item_count, queued_at, inputs, reuse)
  select a.id, a.revision_id, c.chunk, c.first_item, c.item_count, a.created_at, substring($3::bytea from c.start + 1 for c.size), c.reuse
  from json_to_recordset($2::json) as c(job_id uuid, chunk int, first_item int, item_count int, start int, size int, reuse jsonb) join accepted a on a.id = c.job_id
),
load as (${addLoad('select deployment_id, priority, item_count as waiting, item_count as unfinished from accepted', '$4')}),
audit as (${insertAuditEvents(`
  select audit_id, namespace, 'submitInference', 'Job', id::text, created_by, request_id,
    json_build_object('deploymentId', deployment_id, 'itemCount', item_count)::jsonb from accepted`)}
)`;

const FREE = `
with ${SUBMITTED},
fitting as (select * from submitted),
${ACCEPT}
select id, 'WRITTEN' as verdict from accepted`;

/**
 * The gate is read as it is once its lock is ours, every other slot as it was when the statement began: what has left the queue in between is not seen yet.
 * So a queue may be taken for fuller than it is, never for emptier. Of submits that come together the smaller ones go first: one that does not fit then
 * keeps out none that would.
 */
const LIMITED = `
with ${SUBMITTED},
gates as materialized (
  select deployment_id, waiting, unfinished from deployment_load
  where slot = '${GATE_SLOT}' and deployment_id in (select deployment_id from submitted) order by deployment_id for no key update
),
loads as materialized (
  select g.deployment_id, g.waiting + coalesce(o.waiting, 0) as waiting, g.unfinished + coalesce(o.unfinished, 0) as unfinished
  from gates g cross join lateral (
    select sum(waiting) as waiting, sum(unfinished) as unfinished from deployment_load where deployment_id = g.deployment_id and slot <> '${GATE_SLOT}'
  ) o
),
ranked as materialized (
  select s.*, l.waiting as waiting_before, l.unfinished as unfinished_before, sum(s.item_count) over (partition by s.deployment_id order by s.item_count, s.id) as claimed
  from submitted s join loads l on l.deployment_id = s.deployment_id
),
fitting as materialized (
  select * from ranked
  where (max_queue is null or waiting_before + claimed <= max_queue) and (max_in_flight is null or unfinished_before + claimed <= max_in_flight)
),
${ACCEPT}
select s.id, (l.waiting + coalesce(a.items, 0))::int as waiting, (l.unfinished + coalesce(a.items, 0))::int as unfinished,
  case when r.waiting_before + r.claimed > r.max_queue then 'maxQueue' else 'maxInFlight' end as limit,
  case when s.id in (select id from accepted) then 'WRITTEN' when l.deployment_id is null then 'UNGATED'
    when s.id in (select id from fitting) then 'KEY_TAKEN' else 'QUEUE_FULL' end as verdict
from submitted s left join loads l on l.deployment_id = s.deployment_id left join ranked r on r.id = s.id
left join (select deployment_id, sum(item_count) as items from accepted group by deployment_id) a on a.deployment_id = s.deployment_id`;

/** Whether a submit has to pass a gate. */
export function isLimited({ limits }: SubmitRecord): boolean {
  return limits.maxQueue !== null || limits.maxInFlight !== null;
}

/**
 * Writes jobs with their chunks, first events and audit events. Rows: `SubmitOutcome`; without a limit only of what was written.
 * @param slot where the load counts: the gate for submits under a limit, one that no other statement holds for the others
 */
export function submitStatement(records: readonly SubmitRecord[], slot: string): Statement {
  const inputs: Buffer[] = [];
  let start = 0;
  const chunks = records.flatMap(({ id, chunks: parts }) => parts.map((part) => {
    inputs.push(part.inputs);
    start += part.inputs.byteLength;
    const size = part.inputs.byteLength;
    return { job_id: id, chunk: part.chunk, first_item: part.firstItem, item_count: part.itemCount, start: start - size, size, reuse: part.reuse ?? undefined };
  }));
  const [name, text] = slot === GATE_SLOT ? ['inference-submit-limited', LIMITED] : ['inference-submit', FREE];
  return { name, text, values: [JSON.stringify(records.map(toColumns)), JSON.stringify(chunks), Buffer.concat(inputs), slot] };
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
    max_queue: record.limits.maxQueue, max_in_flight: record.limits.maxInFlight,
  };
}
