import type { Database } from '../../platform/database/database';
import type { DeploymentStatus } from './deployment.lifecycle';
import { inForce } from './result-reuse';
import { REVISION_SPEC_COLUMNS, toRevisionSpec, type RevisionSpecRow } from './revision.spec';
import type { ServingReplica, ServingTarget } from './serving-target';
import type { RevisionSpec } from './worker.contract';

type TargetRow = {
  targetId: string; targetNamespace: string; name: string; status: DeploymentStatus; itemMs: number | null;
  revisionNumber: number | null; replicas: ServingReplica[] | null; readyReplicas: number;
  maxQueue: number | null; maxInFlight: number | null; deadlineMs: number | null;
  reuseTtlMs: number | null; reuseMaxBytes: number | null; reuseSince: Date | null;
} & (RevisionSpecRow | { id: null });

const SELECT_TARGET = `
  select deployment.id as "targetId", deployment.namespace as "targetNamespace", deployment.name, deployment.status, ${REVISION_SPEC_COLUMNS},
    (select max(item_ms) from replica where replica.deployment_id = deployment.id and replica.revision_id = revision.id and replica.state = 'READY') as "itemMs",
    (select count(*)::int from replica where replica.deployment_id = deployment.id and replica.revision_id = revision.id and replica.state = 'READY') as "readyReplicas",
    deployment.max_queue as "maxQueue", deployment.max_in_flight as "maxInFlight", deployment.deadline_ms as "deadlineMs",
    deployment.reuse_ttl_ms as "reuseTtlMs", deployment.reuse_max_bytes::float8 as "reuseMaxBytes", deployment.reuse_since as "reuseSince",
    revision.number as "revisionNumber",
    (select json_agg(json_build_object('id', replica.id, 'address', worker.direct_address)) from replica join worker on worker.id = replica.worker_id
      where replica.deployment_id = deployment.id and replica.revision_id = revision.id and replica.state = 'READY'
        and worker.state <> 'GONE' and worker.direct_address is not null) as replicas
  from deployment
  left join release on release.id = deployment.live_release_id and deployment.status <> 'STOPPED'
  left join revision on revision.id = release.revision_id
  where deployment.deleted_at is null`;

const BY_ID = `${SELECT_TARGET} and deployment.id = $1`;
const VISIBLE = `${SELECT_TARGET} and ($1::text[] is null or deployment.namespace = any($1)) order by deployment.namespace, deployment.name limit 10000`;
const BY_NAME = `${SELECT_TARGET} and deployment.namespace = $1 and deployment.name = $2`;

export async function findServingTarget(
  database: Database, key: { id: string } | { namespace: string; name: string },
): Promise<ServingTarget | null> {
  const [row] = await database.query<TargetRow>('id' in key
    ? { name: 'serving-target-by-id', text: BY_ID, values: [key.id] }
    : { name: 'serving-target-by-name', text: BY_NAME, values: [key.namespace, key.name] });
  return row ? toTarget(row) : null;
}

/** Of these namespaces, null: of all, by name; the first 10,000. */
export async function findServingTargets(database: Database, namespaces: readonly string[] | null): Promise<ServingTarget[]> {
  const rows = await database.query<TargetRow>({ name: 'serving-targets', text: VISIBLE, values: [namespaces] });
  return rows.map(toTarget);
}

/** Whether a worker that is heard of takes direct calls. */
export async function hasDirectWorker(database: Database): Promise<boolean> {
  const rows = await database.query({
    name: 'direct-worker', text: `select from worker where state <> 'GONE' and direct_address is not null and heartbeat_at > now() - interval '6 seconds' limit 1`, values: [],
  });
  return rows.length > 0;
}

function toTarget(row: TargetRow): ServingTarget {
  const { targetId, targetNamespace, name, status, itemMs, revisionNumber, replicas, readyReplicas, maxQueue, maxInFlight, deadlineMs } = row;
  const revision = row.id === null ? null : toRevisionSpec(row);
  return {
    deploymentId: targetId, namespace: targetNamespace, fullName: `${targetNamespace}/${name}`, status, revision, revisionNumber, replicas: replicas ?? [], itemMs, readyReplicas,
    admission: { maxQueue, maxInFlight, deadlineMs },
    resultReuse: inForce({ ttlMs: row.reuseTtlMs, maxBytes: row.reuseMaxBytes, since: row.reuseSince }),
  };
}

export async function findRevisionSpecs(database: Database, ids: readonly string[]): Promise<RevisionSpec[]> {
  const rows = await database.query<RevisionSpecRow>({
    name: 'revision-specs', text: `select ${REVISION_SPEC_COLUMNS} from revision where revision.id = any($1)`, values: [ids],
  });
  return rows.map(toRevisionSpec);
}
