import type { Signature } from '../../../platform/tensor/tensor';

/** A file on this machine's disk, and where in its version it lies. */
export interface LocalFile {
  path: string;
  file: string;
}

export interface ProbeRequest {
  /** Readable local files; the prober copies or links them into a folder of their own. */
  files: { model: LocalFile; beside: readonly LocalFile[] };
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
