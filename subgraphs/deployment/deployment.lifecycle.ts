import { registerEnumType } from 'type-graphql';
import type { Lifecycle } from '../../platform/lifecycle';

export const DeploymentStatus = {
  PENDING: 'PENDING', PROGRESSING: 'PROGRESSING', READY: 'READY',
  DEGRADED: 'DEGRADED', FAILED: 'FAILED', STOPPED: 'STOPPED', DELETED: 'DELETED',
} as const;
export type DeploymentStatus = keyof typeof DeploymentStatus;

const running: DeploymentStatus[] = ['PENDING', 'PROGRESSING', 'READY', 'DEGRADED', 'FAILED'];
const leaving = (from: DeploymentStatus): DeploymentStatus[] => [...running.filter((status) => status !== from), 'STOPPED', 'DELETED'];

/**
 * While it runs, a deployment's status follows its replicas and may change from any to any. STOPPED holds until someone starts it; that
 * it is STOPPED or DELETED is itself the wish, so no second column can contradict it.
 */
export const deploymentLifecycle: Lifecycle<DeploymentStatus> = {
  PENDING: leaving('PENDING'),
  PROGRESSING: leaving('PROGRESSING'),
  READY: leaving('READY'),
  DEGRADED: leaving('DEGRADED'),
  FAILED: leaving('FAILED'),
  STOPPED: ['PENDING', 'DELETED'],
  DELETED: [],
};

/** Whether the deployment is meant to serve. */
export function isRunning(status: DeploymentStatus): boolean {
  return status !== 'STOPPED' && status !== 'DELETED';
}

registerEnumType(DeploymentStatus, {
  name: 'DeploymentStatus',
  description: 'How a deployment is doing.',
  valuesConfig: {
    PENDING: { description: 'No replica has a place yet; the reason tells when no worker has room.' },
    PROGRESSING: { description: 'Replicas are being loaded: at the start, after a loss, for more replicas or for a new release.' },
    READY: { description: 'All wanted replicas of the live release serve.' },
    DEGRADED: { description: 'It serves, but with fewer replicas than wanted, or a new release does not come up. The reason tells why.' },
    FAILED: {
      description: 'Nothing serves and loading failed again and again; it is still retried, ever more slowly. The reason is the worker\'s.',
    },
    STOPPED: { description: 'Someone stopped it: it takes no work until it is started.' },
    DELETED: { description: 'Deleted for good; kept for the history of its jobs.' },
  },
});
