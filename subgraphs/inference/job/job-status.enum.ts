import { registerEnumType } from 'type-graphql';
import type { JobStatus } from './job.lifecycle';

/** `JobStatus` of job.lifecycle.ts as a GraphQL enum. */
export const JobStatusEnum = {
  QUEUED: 'QUEUED', RUNNING: 'RUNNING', SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED', EXPIRED: 'EXPIRED',
} as const satisfies { [Status in JobStatus]: Status };

registerEnumType(JobStatusEnum, {
  name: 'JobStatus',
  description: 'Where a job, or an item of it, stands. The last four are final; only `retryJob` leaves them.',
  valuesConfig: {
    QUEUED: { description: 'Accepted and kept; no worker runs it yet.' },
    RUNNING: { description: 'A worker has begun.' },
    SUCCEEDED: { description: 'Every item has its outputs.' },
    FAILED: { description: 'At least one item failed; the others have their outputs.' },
    CANCELED: { description: 'A caller ended it with `cancelJob`.' },
    EXPIRED: { description: 'Its deadline passed before everything was done.' },
  },
});
