import type { Signature } from '../../../platform/tensor/tensor';

export interface ProbeRequest {
  /** A readable local file; the prober copies or links it into a folder of its own. */
  file: string;
  /** What inspection read from the file. */
  signature: Signature;
  limits: { memoryBytes: number; timeoutMs: number };
}

/**
 * Loads a model in a capped process that is thrown away. A port: the runtime, which knows how, lies above this subgraph, so `app.ts`
 * hands it in.
 * @throws MODEL_LOAD_FAILED, MODEL_UNSUPPORTED
 */
export type ModelProber = (request: ProbeRequest) => Promise<void>;
