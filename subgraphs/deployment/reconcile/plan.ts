import { groupBy } from '../../../platform/collection/group-by';
import { isRunning } from '../deployment.lifecycle';
import { deploymentStatus, type StatusVerdict } from '../deployment.status';
import { planRevision, type Assignment, type RevisionPlan } from './revision.plan';
import { Room } from './room';
import type { DeploymentFacts, ReleaseFacts, ReplicaFacts, RevisionFacts, Snapshot } from './snapshot';

/** What one pass changes about one deployment; everything in it is applied compare-and-set, or not at all. */
export interface DeploymentPlan {
  deployment: DeploymentFacts;
  /** The pending release that takes the traffic now. */
  goesLive: ReleaseFacts | null;
  assign: Assignment[];
  stop: ReplicaFacts[];
  verdict: StatusVerdict;
}

/** Decides what brings the wanted state nearer. Pure: the same snapshot gives the same plan, and a settled one gives none. */
export function planReconciliation({ at, workers, deployments, replicas }: Snapshot): DeploymentPlan[] {
  const room = new Room(workers, replicas);
  const activeWorkerIds = new Set(workers.filter(({ isActive }) => isActive).map(({ id }) => id));
  const byDeployment = groupBy(replicas, ({ deploymentId }) => deploymentId);
  return deployments
    .map((deployment) => planDeployment({ at, deployment, replicas: byDeployment.get(deployment.id) ?? [], activeWorkerIds, room }))
    .filter(isChange);
}

interface DeploymentScene {
  at: Date;
  deployment: DeploymentFacts;
  replicas: ReplicaFacts[];
  activeWorkerIds: ReadonlySet<string>;
  room: Room;
}

function planDeployment({ at, deployment, replicas, activeWorkerIds, room }: DeploymentScene): DeploymentPlan {
  const goesLive = releaseToGoLive(deployment, replicas);
  const live = goesLive ?? deployment.live;
  const next = goesLive ? null : deployment.next;
  const byRevision = groupBy(replicas, ({ revisionId }) => revisionId);
  const targets = targetsOf({ ...deployment, live, next });
  const plans = new Map<string, RevisionPlan>();
  for (const { revision, wanted } of targets.values()) {
    plans.set(revision.id, planRevision({
      at, revision, wanted, replicas: byRevision.get(revision.id) ?? [], retryFrom: deployment.retryFrom, activeWorkerIds, room,
    }));
  }
  const unwanted = replicas.filter(({ revisionId, state }) => !targets.has(revisionId) && state !== 'STOPPING' && state !== 'FAILED');
  const healthOf = (release: ReleaseFacts | null) => (release ? plans.get(release.revision.id)?.health ?? null : null);
  return {
    deployment,
    goesLive,
    assign: [...plans.values()].flatMap(({ assign }) => assign),
    stop: [...plans.values()].flatMap(({ stop }) => stop).concat(unwanted),
    verdict: deploymentStatus({
      current: deployment.status, desiredReplicas: deployment.desiredReplicas, live: healthOf(live), next: healthOf(next),
    }),
  };
}

/** The traffic moves once one replica of the new revision is ready; only then are the old ones stopped, so there is never a gap. */
function releaseToGoLive({ status, next }: DeploymentFacts, replicas: readonly ReplicaFacts[]): ReleaseFacts | null {
  if (!next || !isRunning(status)) return null;
  return replicas.some(({ revisionId, state }) => revisionId === next.revision.id && state === 'READY') ? next : null;
}

type Targets = Map<string, { revision: RevisionFacts; wanted: number }>;

function targetsOf({ status, desiredReplicas, live, next, draining }: DeploymentFacts): Targets {
  const targets: Targets = new Map();
  if (!isRunning(status)) return targets;
  for (const revision of draining) targets.set(revision.id, { revision, wanted: 1 });
  for (const release of [live, next]) {
    if (release) targets.set(release.revision.id, { revision: release.revision, wanted: desiredReplicas });
  }
  return targets;
}

function isChange({ deployment, goesLive, assign, stop, verdict }: DeploymentPlan): boolean {
  return goesLive !== null || assign.length > 0 || stop.length > 0
    || verdict.status !== deployment.status
    || verdict.reason?.code !== deployment.reason?.code || verdict.reason?.message !== deployment.reason?.message;
}
