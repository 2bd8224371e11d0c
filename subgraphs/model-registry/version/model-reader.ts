import type { Signature } from '../../../platform/tensor/tensor';
import type { GraphFacts } from './graph-facts';

/**
 * Reads what a model file declares, without a session and without running anything of it.
 * @throws MODEL_INVALID, MODEL_UNSUPPORTED
 */
export type ModelReader = (file: string) => Promise<{ signature: Signature; graph: GraphFacts }>;
