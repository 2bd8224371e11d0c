import type { RevisionSpec } from '../subgraphs/deployment/worker.contract';
import type { RawTensor } from '../platform/tensor/tensor';

/** What a run gives back, with the wall clock that the runtime itself took. */
export interface RunResult {
  outputs: RawTensor[];
  computeMs: number;
}

/**
 * One process that holds one loaded revision and runs one request at a time. After any rejection but INFERENCE_FAILED the process
 * is gone and `exited` resolves.
 */
export interface RunnerHandle {
  /**
   * Runs the model once; `outputs` null means all of them.
   * @throws INFERENCE_FAILED the runtime refused the run and lives on
   * @throws INFERENCE_TIMEOUT, DEVICE_OUT_OF_MEMORY, RUNNER_CRASHED, JOB_CANCELED the runner is dead
   */
  run(inputs: RawTensor[], outputs: string[] | null): Promise<RunResult>;
  /** SIGKILL: the only thing that stops native code. A run in hand rejects with JOB_CANCELED. */
  kill(): void;
  readonly exited: Promise<void>;
  /** Ends an idle runner politely. */
  close(): Promise<void>;
}

/** Implemented by `workers/runtime`. */
export interface RunnerLoader {
  /**
   * Starts a process and loads the file; ready to run once resolved.
   * @throws MODEL_LOAD_FAILED, DEVICE_OUT_OF_MEMORY, INFERENCE_TIMEOUT, RUNNER_CRASHED
   */
  load(spec: RevisionSpec, file: string): Promise<RunnerHandle>;
}

/** Implemented by `workers/runtime`: how requests of equal shapes become one request along dimension 0, and back. */
export interface TensorBatching {
  stack(requests: RawTensor[][]): RawTensor[];
  split(outputs: RawTensor[], rows: number[]): RawTensor[][];
}
