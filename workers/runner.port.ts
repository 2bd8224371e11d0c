import type { Sampling } from '../platform/generation/sampling';
import type { RevisionSpec } from '../subgraphs/deployment/worker.contract';
import type { RawTensor } from '../platform/tensor/tensor';

/** One run of the model. */
export interface RunRequest {
  inputs: RawTensor[];
  /** Null: all of them. */
  outputs: string[] | null;
  /** In place of inputs: the runner makes them, and answers with the token as its one output (INT32, one element). */
  step?: StepRequest;
}

/** Asks which token follows. The runner keeps what it computed of the sequence under the generation's name, as long as it has room and lives. */
export interface StepRequest {
  generation: string;
  /** All tokens so far, at least one: what a runner has forgotten it computes again. */
  tokens: Int32Array;
  sampling: Sampling;
}

/** What a run gives back, with the wall clock that the runtime itself took. */
export interface RunResult {
  outputs: RawTensor[];
  computeMs: number;
}

/**
 * One process that holds one loaded revision and is asked by one caller at a time. After any rejection but INFERENCE_FAILED the process
 * is gone and `exited` resolves.
 */
export interface RunnerHandle {
  /**
   * Runs the model once for each request, one after the other. Resolves with the results of the first of them, at least one: the runner
   * answers early rather than let finished runs wait for long ones.
   * @throws INFERENCE_FAILED the runtime refused the first request and lives on
   * @throws INFERENCE_TIMEOUT, DEVICE_OUT_OF_MEMORY, RUNNER_CRASHED, JOB_CANCELED one of the requests, none can say which; the runner is dead
   */
  run(requests: RunRequest[]): Promise<RunResult[]>;
  /** Nothing more follows in this generation: what is kept of it may go. */
  forget(generation: string): void;
  /** SIGKILL: the only thing that stops native code. A run in hand rejects with JOB_CANCELED. */
  kill(): void;
  readonly exited: Promise<void>;
  /** Whether it held more memory after its last runs than its revision has: what the runtime keeps of large runs is missing in the next. */
  readonly isBloated: boolean;
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
