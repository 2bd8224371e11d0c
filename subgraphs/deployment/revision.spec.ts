import type { RevisionSpec } from './worker.contract';

/** The columns of a `revision` row that make a `RevisionSpec`. */
export const REVISION_SPEC_COLUMNS = `
  revision.id, revision.namespace, revision.deployment_id as "deploymentId", revision.model_version_id as "modelVersionId",
  revision.artifact_digest as "artifactDigest", revision.artifact_size_bytes as "artifactSizeBytes",
  revision.artifact_path as "artifactPath", revision.files, revision.signature,
  revision.memory_bytes as "memoryBytes", revision.timeout_ms as "timeoutMs", revision.intra_op_threads as "intraOpThreads",
  revision.max_batch_size as "maxBatchSize", revision.max_batch_delay_ms as "maxBatchDelayMs", revision.batch_dimension as "batchDimension", revision.padding`;

/** As pg answers it: bigint columns are text. */
export type RevisionSpecRow = Omit<RevisionSpec, 'artifactSizeBytes' | 'memoryBytes'> & { artifactSizeBytes: string; memoryBytes: string };

export function toRevisionSpec(row: RevisionSpecRow): RevisionSpec {
  const {
    id, namespace, deploymentId, modelVersionId, artifactDigest, artifactPath, files, signature, timeoutMs, intraOpThreads, maxBatchSize, maxBatchDelayMs, batchDimension, padding,
  } = row;
  return {
    id, namespace, deploymentId, modelVersionId, artifactDigest, artifactPath, files, signature, timeoutMs, intraOpThreads, maxBatchSize, maxBatchDelayMs, batchDimension, padding,
    artifactSizeBytes: Number(row.artifactSizeBytes), memoryBytes: Number(row.memoryBytes),
  };
}
