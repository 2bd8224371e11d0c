import { Job } from '../job/job';
import { deadlineOf, type SubmitRecord } from './submit.statement';

/** The job as its submit has just written it, so that an answer needs no second statement. */
export function acceptedJob(record: SubmitRecord): Job {
  const { id, namespace, deploymentId, revisionId, modelVersionId, priority, itemCount, hasBlobs, createdBy, createdAt } = record;
  return new Job({
    id, namespaceName: namespace, deploymentId, revisionId, modelVersionId, priority, itemCount, hasBlobs,
    status: 'QUEUED', seq: 1, attempt: 1, finishedCount: 0, failedCount: 0, deadlineAt: deadlineOf(record), errorCode: null, errorMessage: null,
    batchWaitMs: null, computeMs: null, batchSize: null, createdById: createdBy, createdAt, queuedAt: createdAt, startedAt: null, finishedAt: null,
  });
}
