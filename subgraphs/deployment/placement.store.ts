import type { Database } from '../../platform/database/database';
import type { ErrorCode } from '../../platform/errors';
import { stepsOf } from '../../platform/lifecycle';
import { newId } from '../../platform/uuid';
import { BATCH_PROFILE_COLUMN } from './batch-profile.store';
import { replicaLifecycle, WANTED_STATES } from './replica.lifecycle';
import { REVISION_SPEC_COLUMNS, toRevisionSpec, type RevisionSpecRow } from './revision.spec';
import type { Assignment, BatchProfile, ReplicaPace, ReplicaReport } from './worker.contract';

export async function touchWorker(database: Database, workerId: string): Promise<boolean> {
  const rows = await database.query({
    name: 'worker-heartbeat',
    text: `update worker set heartbeat_at = now() where id = $1 and state <> 'GONE' returning id`,
    values: [workerId],
  });
  return rows.length === 1;
}

export async function wantedReplicas(database: Database, workerId: string): Promise<Assignment[]> {
  const rows = await database.query<RevisionSpecRow & { replicaId: string; profile: BatchProfile | null }>({
    name: 'worker-assignments',
    text: `select replica.id as "replicaId", ${REVISION_SPEC_COLUMNS}, ${BATCH_PROFILE_COLUMN}
           from replica join revision on revision.id = replica.revision_id join worker on worker.id = replica.worker_id
           left join batch_profile profile on profile.revision_id = replica.revision_id and profile.worker_name = worker.name
             and profile.host = worker.host and profile.device = replica.device
           where replica.worker_id = $1 and replica.state = any($2) order by replica.created_at, replica.id`,
    values: [workerId, WANTED_STATES],
  });
  return rows.map((row) => ({ replicaId: row.replicaId, revision: toRevisionSpec(row), profile: row.profile }));
}

/** No state changes, so nobody is told: whoever plans with it reads it again within a second. */
export async function writePaces(database: Database, workerId: string, paces: readonly ReplicaPace[]): Promise<void> {
  await database.query({
    name: 'replica-paces',
    text: `update replica set item_ms = pace.item_ms from unnest($2::uuid[], $3::real[]) as pace (replica_id, item_ms)
           where replica.id = pace.replica_id and replica.worker_id = $1`,
    values: [workerId, paces.map(({ replicaId }) => replicaId), paces.map(({ itemMs }) => itemMs)],
  });
}

const REPORT_EVENTS = { READY: 'REPLICA_READY', FAILED: 'REPLICA_FAILED' } as const;
const REPORT_SENTENCES = { READY: 'A replica is ready.', FAILED: 'A worker could not load the revision.' } as const;
const steps = stepsOf(replicaLifecycle);

/**
 * Compare-and-set of many replicas in one statement: a report counts only from the worker that holds the replica, and only for a step
 * that the lifecycle knows; anything else came too late. A replica that failed while it was being stopped is simply stopped.
 * @returns the deployments whose replicas changed
 */
export async function applyReports(database: Database, workerId: string, reports: readonly ReplicaReport[]): Promise<string[]> {
  const column = <T>(read: (report: ReplicaReport) => T) => reports.map(read);
  const rows = await database.query<{ deploymentId: string }>({
    name: 'replica-reports',
    text: `with report as (
             select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[])
               as report (replica_id, state, reason_code, reason_message, event_id, event_kind, event_message)
           ), step as (select * from unnest($9::text[], $10::text[]) as step (from_state, to_state)
           ), moved as (
             update replica set
               state = step.to_state, reason_code = report.reason_code, reason_message = report.reason_message, updated_at = now(),
               ready_at = case when step.to_state = 'READY' then now() else replica.ready_at end
             from report, step
             where replica.id = report.replica_id and replica.worker_id = $1 and step.from_state = replica.state
               and step.to_state = case when replica.state = 'STOPPING' and report.state = 'FAILED' then 'STOPPED' else report.state end
             returning replica.id, replica.deployment_id, replica.state
           ), told as (
             insert into deployment_event (id, deployment_id, kind, message, reason_code, replica_id)
             select report.event_id, moved.deployment_id, report.event_kind, report.event_message, report.reason_code, moved.id
             from moved join report on report.replica_id = moved.id and report.state = moved.state where report.event_kind is not null
           )
           select distinct deployment_id as "deploymentId" from moved`,
    values: [
      workerId, column(({ replicaId }) => replicaId), column(({ state }) => state),
      column(reasonCode), column(({ reason }) => reason?.message ?? null),
      column(() => newId()), column(({ state }) => eventOf(REPORT_EVENTS, state)),
      column(({ state, reason }) => reason?.message ?? eventOf(REPORT_SENTENCES, state)),
      steps.from, steps.to,
    ],
  });
  return rows.map(({ deploymentId }) => deploymentId);
}

function reasonCode({ state, reason }: ReplicaReport): ErrorCode | null {
  return reason?.code ?? (state === 'FAILED' ? 'REPLICA_FAILED' : null);
}

function eventOf<T>(table: { READY: T; FAILED: T }, state: ReplicaReport['state']): T | null {
  return state === 'READY' || state === 'FAILED' ? table[state] : null;
}
