import type { NewDeploymentEvent } from '../deployment-event.store';
import type { DeploymentPlan } from './plan';

/** What people should read about a pass. A reason whose figures alone changed is no event. */
export function eventsOf({ deployment, goesLive, stop, verdict }: DeploymentPlan): NewDeploymentEvent[] {
  const events: NewDeploymentEvent[] = [];
  const deploymentId = deployment.id;
  if (goesLive) {
    const message = `Release ${goesLive.number}: revision ${goesLive.revision.number} takes the traffic.`;
    events.push({ deploymentId, kind: 'RELEASE_LIVE', message });
  }
  for (const { id } of stop) events.push({
    deploymentId, kind: 'REPLICA_STOPPED', message: 'A replica is no longer wanted.', replicaId: id,
  });
  if (verdict.status !== deployment.status || verdict.reason?.code !== deployment.reason?.code) {
    const message = verdict.reason ? `${verdict.status}: ${verdict.reason.message}` : `${verdict.status}.`;
    events.push({ deploymentId, kind: 'STATUS_CHANGED', message, reasonCode: verdict.reason?.code });
  }
  return events;
}
