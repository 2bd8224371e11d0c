import type { EntityClass } from '../../platform/database/database';

export {
  createInferenceServices, createJobLedger, createTensorBlobs,
  type InferenceDependencies, type InferenceServices, type InferenceSettings, type LedgerDependencies,
} from './inference.services';
export { createInferenceSubgraph } from './inference.subgraph';
export { JobBacklog } from './sweep/job-backlog';
export type { ServingDirectory, ServingTarget } from './submit/serving-directory';
export type { TensorStore } from './tensor/tensor.store';

/** None: jobs, chunks and events change by statements of their own, which TypeORM's model of a row would only hide. */
export const inferenceEntities: readonly EntityClass[] = [];
