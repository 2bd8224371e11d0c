import type { Sampling } from '../platform/generation/sampling';
import type { RevisionSpec } from '../subgraphs/deployment/worker.contract';
import type { RawTensor, TensorHeader } from '../platform/tensor/tensor';

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

/** What an item takes of a batch. */
export interface BatchExtent {
  /** Along the batch dimension. */
  rows: number;
  /** Along each padded dimension of the revision. */
  lengths: readonly number[];
}

/** Implemented by `workers/batching`, for one revision: how requests become one, and its outputs theirs again. */
export interface TensorBatching {
  /** Items of equal keys may share a batch. */
  keyOf(tensors: readonly TensorHeader[], outputs: readonly string[] | null): string;
  /** Null: the inputs disagree about it, so the item runs alone. */
  extentOf(tensors: readonly TensorHeader[]): BatchExtent | null;
  stack(requests: readonly RawTensor[][]): RawTensor[];
  /** In the order in which they were stacked. @throws INFERENCE_FAILED when an output does not come apart */
  split(outputs: readonly RawTensor[], extents: readonly BatchExtent[]): RawTensor[][];
}

export type BatchingOf = (spec: RevisionSpec) => TensorBatching;
