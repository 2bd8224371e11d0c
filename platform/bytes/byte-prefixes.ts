import type { SubgraphName } from '../env';

/** The Open Inference Protocol v2 over REST. */
export const OIP_PREFIX = '/v2';

/** Repositories: Git's smart protocol and Git LFS. */
export const GIT_PREFIX = '/git/';

/** Hugging Face Hub's read side. */
export const HUB_PREFIX = '/hf/';

/** Of MLflow's REST API: the model registry, and the files of its versions at `/api/2.0/mlflow-artifacts`. */
export const MLFLOW_PREFIX = '/api/2.0/mlflow';

/** The paths whose bytes each subgraph answers: the gateway must know them of subgraphs in other processes too. */
export const BYTE_PREFIXES: Readonly<Record<SubgraphName, readonly string[]>> = {
  identity: [], 'model-registry': ['/uploads/', '/artifacts/', GIT_PREFIX, HUB_PREFIX, MLFLOW_PREFIX], deployment: [], inference: ['/tensors/', OIP_PREFIX],
};
