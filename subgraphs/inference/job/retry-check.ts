import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { unpackFrame } from '../../../platform/tensor/frame';
import type { BlobCheck } from '../submit/blob-check';
import type { ServingDirectory } from '../submit/serving-directory';
import type { ChunkTensor } from '../worker.contract';
import type { Job } from './job';

/** Whether a job can run once more, and on which revision. */
export class RetryCheck {
  constructor(private readonly database: Database, private readonly deployments: ServingDirectory, private readonly blobs: BlobCheck) {}

  /**
   * The revision that the job's deployment serves now, if it takes what the job's items hold: a retry often follows the fix of the model.
   * @throws DEPLOYMENT_NOT_READY when the deployment serves nothing
   * @throws JOB_NOT_RETRYABLE when inputs are gone, or the deployment is
   */
  async targetOf({ row }: Job): Promise<{ revisionId: string; modelVersionId: string }> {
    const target = await this.deployments.servingTarget(row.deploymentId);
    if (!target) throw new PlatformError('JOB_NOT_RETRYABLE', `The deployment of job ${row.id} is gone.`);
    const { revision, fullName, status } = target;
    if (!revision) throw new PlatformError(
      'DEPLOYMENT_NOT_READY',
      `Deployment "${fullName}" is ${status} and has no revision that is ready to serve; try again once it is READY.`,
      { status },
    );
    if (revision.id !== row.revisionId) await this.#checkSignature(row, revision.signature.inputs);
    if (row.hasBlobs) await this.#keepBlobs(row);
    return { revisionId: revision.id, modelVersionId: revision.modelVersionId };
  }

  async #checkSignature(row: Job['row'], inputs: unknown): Promise<void> {
    const [known] = await this.deployments.revisionSpecs([row.revisionId]);
    if (known && isDeepStrictEqual(known.signature.inputs, inputs)) return;
    throw new PlatformError(
      'JOB_NOT_RETRYABLE', `The deployment serves a revision with other inputs than job ${row.id} was made for; submit it anew.`,
    );
  }

  async #keepBlobs(row: Job['row']): Promise<void> {
    const chunks = await this.database.query<{ inputs: Buffer }>({
      text: `select inputs from job_chunk where job_id = $1 and status <> 'SUCCEEDED' order by chunk`, values: [row.id],
    });
    const items = chunks.flatMap(({ inputs }) => unpackFrame(inputs) as ChunkTensor[][]);
    try {
      await this.blobs.keep(row.namespaceName, items);
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'TENSOR_NOT_FOUND') throw error;
      throw new PlatformError(
        'JOB_NOT_RETRYABLE',
        `The inputs of job ${row.id} are no longer kept; upload and submit them anew.`,
        error.details,
        { cause: error },
      );
    }
  }
}
