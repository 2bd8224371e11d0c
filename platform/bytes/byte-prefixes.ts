import type { SubgraphName } from '../env';

/** The paths whose bytes each subgraph answers: the gateway must know them of subgraphs in other processes too. */
export const BYTE_PREFIXES: Readonly<Record<SubgraphName, readonly string[]>> = {
  identity: [], 'model-registry': ['/uploads/', '/artifacts/'], deployment: [], inference: ['/tensors/'],
};
