import type { EntityClass } from '../../platform/database/database';

export { createInferenceServices, createJobLedger, createTensorBlobs, createWorkRecorder, type InferenceServices } from './inference.services';
export { createInferenceSubgraph } from './inference.subgraph';
export { JobBacklog } from './sweep/job-backlog';

/** None: jobs, chunks and events change by statements of their own, which TypeORM's model of a row would only hide. */
export const inferenceEntities: readonly EntityClass[] = [];
