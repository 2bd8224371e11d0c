import type { RawTensor } from '../../../platform/tensor/tensor';
import { CallFailure, canceledCall, type DirectAnswer } from '../direct/worker.connection';
import type { ServingTarget } from '../submit/serving-directory';
import { readTensors } from '../tensor/read-tensors';
import type { ChunkTensor, TensorBlobs } from '../worker.contract';
import { inAskedOrder } from './output-order';
import { resultKey, type ResultQuestion } from './result-key';
import type { ResultName, ResultStore } from './result.store';
import type { ServedFrom } from './served-from';
import { SingleFlight } from './single-flight';

export interface ServedAnswer extends DirectAnswer {
  servedFrom: ServedFrom;
  /** Compute that was not spent; milliseconds. */
  savedMs: number;
}

interface Flight {
  answer: DirectAnswer;
  name: ResultName;
  target: ServingTarget;
  /** What its result took when it was computed, now or before. */
  computeMs: number;
  isKept: boolean;
}

export interface ReusedCallsParts {
  results: ResultStore;
  tensors: Pick<TensorBlobs, 'read'>;
}

/** Direct calls of deployments that use results again. Calls that come together wait for one of them; it is canceled by its own caller alone, and then another one runs. */
export class ReusedCalls {
  readonly #flights: SingleFlight<Flight>;

  constructor(private readonly parts: ReusedCallsParts) {
    this.#flights = new SingleFlight({
      keep: (flight) => this.#keep(flight),
      // The same inputs would be refused again; whatever else ended a call may be its caller's, its worker's or its deadline's.
      isShared: (error) => error instanceof CallFailure && error.error.code === 'INFERENCE_FAILED',
    });
  }

  /**
   * @param signal ends the wait for another call's result
   * @throws CallFailure, and what `compute` throws
   */
  async answer(target: ServingTarget, question: ResultQuestion & { signal: AbortSignal }, compute: () => Promise<DirectAnswer>): Promise<ServedAnswer> {
    const name = { revisionId: target.revision!.id, key: resultKey(target, question) };
    const beganAt = performance.now();
    try {
      const { value, isOwn } = await this.#flights.during(name.key, question.signal, async () => {
        return await this.#kept(name, target) ?? this.#computed(name, target, await compute());
      });
      if (isOwn && !value.isKept) return { ...value.answer, servedFrom: 'COMPUTED', savedMs: 0 };
      const timing = { queuedMs: performance.now() - beganAt, batchWaitMs: 0, computeMs: 0, batchSize: 0 };
      const outputs = inAskedOrder(target.revision!.signature, question.outputs, value.answer.outputs);
      return { outputs, timing, servedFrom: value.isKept ? 'CACHE' : 'COALESCED', savedMs: value.computeMs };
    } catch (error) {
      throw question.signal.aborted && !(error instanceof CallFailure) ? canceledCall(question.signal.reason) : error;
    }
  }

  async #kept(name: ResultName, target: ServingTarget): Promise<Flight | null> {
    const kept = await this.parts.results.find(name);
    const outputs = kept && await this.#read(kept.outputs);
    if (!outputs) return null;
    const timing = { queuedMs: 0, batchWaitMs: 0, computeMs: 0, batchSize: 0 };
    return { answer: { outputs, timing }, name, target, computeMs: kept.computeMs, isKept: true };
  }

  #computed(name: ResultName, target: ServingTarget, answer: DirectAnswer): Flight {
    const { computeMs, batchSize } = answer.timing;
    return { answer, name, target, computeMs: computeMs / batchSize, isKept: false };
  }

  async #keep({ answer, name, target: { deploymentId, resultReuse }, computeMs, isKept }: Flight): Promise<void> {
    if (isKept) return;
    const { ttlMs, maxBytes } = resultReuse!;
    await this.parts.results.keep([{ ...name, deploymentId, outputs: answer.outputs, computeMs, ttlMs, maxBytes }]);
  }

  /** Null where a blob is gone: it is computed again. */
  #read(tensors: readonly ChunkTensor[]): Promise<RawTensor[] | null> {
    return readTensors(tensors, this.parts.tensors).catch(() => null);
  }
}
