import { isFinal as isFinalIn, statesBefore, type Lifecycle } from '../../../platform/lifecycle';

export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'EXPIRED';

/** One attempt of a job. A retry begins another attempt, from one of `RETRYABLE`. */
export const JOB_LIFECYCLE: Lifecycle<JobStatus> = {
  QUEUED: ['RUNNING', 'CANCELED', 'EXPIRED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELED: [],
  EXPIRED: [],
};

/** One chunk, which goes back to QUEUED with a new lease when its run is lost. */
export const CHUNK_LIFECYCLE: Lifecycle<JobStatus> = {
  QUEUED: ['RUNNING', 'CANCELED', 'EXPIRED'],
  RUNNING: ['QUEUED', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELED: [],
  EXPIRED: [],
};

/** Final states that a retry may leave; what SUCCEEDED stays so for ever. */
export const RETRYABLE: readonly JobStatus[] = ['FAILED', 'CANCELED', 'EXPIRED'];

export function isFinal(status: JobStatus): boolean {
  return isFinalIn(JOB_LIFECYCLE, status);
}

/** The states that lead to one of `to`, for the `where` of a compare-and-set: `'QUEUED', 'RUNNING'`. */
export function literalsBefore(lifecycle: Lifecycle<JobStatus>, to: JobStatus): string {
  return literals(statesBefore(lifecycle, to));
}

export function literals(statuses: readonly JobStatus[]): string {
  return statuses.map((status) => `'${status}'`).join(', ');
}
