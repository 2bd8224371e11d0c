import type { Database } from '../../../platform/database/database';
import type { DeploymentStatus } from '../deployment.lifecycle';
import { HOLDING_STATES } from '../replica.lifecycle';
import type { Reason } from '../status-reason';
import { FAILURE_WINDOW_MS } from './backoff';
import type { DeploymentFacts, ReleaseFacts, ReplicaFacts, RevisionFacts, Snapshot, WorkerFacts } from './snapshot';

/** Which of these revisions still have queued or running work. Implemented by whoever owns the jobs. */
export interface RevisionBacklog {
  busy(revisionIds: readonly string[]): Promise<string[]>;
}

/**
 * Reads what a pass decides by: five statements whatever the number of deployments. They see one moment each; whatever changes between
 * them, the plan is applied compare-and-set and the next pass looks again.
 */
export async function readSnapshot(database: Database, backlog: RevisionBacklog | null): Promise<Snapshot> {
  const [[clock], workers, deployments, replicas, superseded] = await Promise.all([
    database.query<{ at: Date }>({ name: 'reconcile-clock', text: 'select now() as at', values: [] }),
    readWorkers(database), readDeployments(database), readReplicas(database), backlog ? readSuperseded(database) : [],
  ]);
  const draining = backlog ? await drainingOf(backlog, superseded, deployments) : new Map<string, RevisionFacts[]>();
  return {
    at: clock!.at, workers, replicas,
    deployments: deployments.map((deployment) => ({ ...deployment, draining: draining.get(deployment.id) ?? [] })),
  };
}

async function readWorkers(database: Database): Promise<WorkerFacts[]> {
  const rows = await database.query<{ id: string; isActive: boolean; memoryBytes: string; device: string | null }>({
    name: 'reconcile-workers',
    text: `select id, state = 'ACTIVE' as "isActive", memory_bytes as "memoryBytes", devices -> 0 ->> 'name' as device
           from worker where state <> 'GONE'`,
    values: [],
  });
  return rows.map(({ id, isActive, memoryBytes, device }) => ({ id, isActive, memoryBytes: Number(memoryBytes), device: device ?? 'cpu' }));
}

interface DeploymentRow {
  id: string;
  version: number;
  status: DeploymentStatus;
  reason: Reason | null;
  desiredReplicas: number;
  retryFrom: Date;
  live: ReleaseFacts | null;
  next: ReleaseFacts | null;
}

const releaseFacts = (release: string, revision: string) => `case when ${release}.id is null then null else json_build_object(
  'id', ${release}.id, 'number', ${release}.number,
  'revision', json_build_object('id', ${revision}.id, 'number', ${revision}.number, 'memoryBytes', ${revision}.memory_bytes)) end`;

/** Those that should run, and those that should not but still hold something. */
function readDeployments(database: Database): Promise<DeploymentRow[]> {
  return database.query<DeploymentRow>({
    name: 'reconcile-deployments',
    text: `select deployment.id, deployment.version, deployment.status,
             deployment.desired_replicas as "desiredReplicas", deployment.retry_from as "retryFrom",
             case when deployment.reason_code is null then null
                  else json_build_object('code', deployment.reason_code, 'message', deployment.reason_message) end as reason,
             ${releaseFacts('live', 'live_revision')} as live, ${releaseFacts('next', 'next_revision')} as next
           from deployment
           left join release live on live.id = deployment.live_release_id
           left join revision live_revision on live_revision.id = live.revision_id
           left join release next on next.id = deployment.next_release_id
           left join revision next_revision on next_revision.id = next.revision_id
           where deployment.status not in ('STOPPED', 'DELETED')
              or exists (select 1 from replica where replica.deployment_id = deployment.id and replica.state = any($1))
           order by deployment.created_at, deployment.id`,
    values: [HOLDING_STATES],
  });
}

async function readReplicas(database: Database): Promise<ReplicaFacts[]> {
  const rows = await database.query<Omit<ReplicaFacts, 'memoryBytes'> & { memoryBytes: string }>({
    name: 'reconcile-replicas',
    text: `select id, deployment_id as "deploymentId", revision_id as "revisionId", worker_id as "workerId", state,
             memory_bytes as "memoryBytes", created_at as "createdAt", updated_at as "updatedAt",
             case when reason_code is null then null else json_build_object('code', reason_code, 'message', reason_message) end as reason
           from replica where state = any($1) or (state = 'FAILED' and updated_at > now() - $2 * interval '1 millisecond')`,
    values: [HOLDING_STATES, FAILURE_WINDOW_MS],
  });
  return rows.map((row) => ({ ...row, memoryBytes: Number(row.memoryBytes) }));
}

interface SupersededRow extends RevisionFacts {
  deploymentId: string;
}

/**
 * Revisions that lost the traffic within the last day. Not only at the switch: a submit that read the live release just before may still
 * enqueue for the old revision after it, and a stopped deployment's work waits.
 */
async function readSuperseded(database: Database): Promise<SupersededRow[]> {
  const rows = await database.query<Omit<SupersededRow, 'memoryBytes'> & { memoryBytes: string }>({
    name: 'reconcile-superseded',
    text: `select distinct revision.id, revision.number, revision.memory_bytes as "memoryBytes", revision.deployment_id as "deploymentId"
           from release join revision on revision.id = release.revision_id
           where release.live_at is not null
             and (release.state = 'LIVE' or (release.state = 'SUPERSEDED' and release.ended_at > now() - interval '1 day'))`,
    values: [],
  });
  return rows.map((row) => ({ ...row, memoryBytes: Number(row.memoryBytes) }));
}

/** Live revisions count as soon as another release waits: the very pass that switches must know what the old one still owes. */
async function drainingOf(
  backlog: RevisionBacklog, superseded: readonly SupersededRow[], deployments: readonly DeploymentRow[],
): Promise<Map<string, DeploymentFacts['draining']>> {
  const settled = new Set(deployments.flatMap(({ live, next }) => (live && !next ? [live.revision.id] : [])));
  const candidates = superseded.filter(({ id }) => !settled.has(id));
  const busy = new Set(candidates.length > 0 ? await backlog.busy(candidates.map(({ id }) => id)) : []);
  const draining = new Map<string, RevisionFacts[]>();
  for (const { deploymentId, ...revision } of candidates) {
    if (busy.has(revision.id)) draining.set(deploymentId, [...draining.get(deploymentId) ?? [], revision]);
  }
  return draining;
}
