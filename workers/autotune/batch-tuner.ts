import { withoutBatchAxis } from '../../platform/tensor/batch-axis';
import { PlatformError, messageOf } from '../../platform/errors';
import type { RawTensor } from '../../platform/tensor/tensor';
import type { BatchProfile, RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { BatchingOf, RunRequest, TensorBatching } from '../runner.port';
import { chooseBatch } from './batch-choice';
import { BATCH_SIZES, climb } from './batch-ladder';
import { MeasuredRunner, MeasuringEnded, type TunedRunner } from './measured-runner';
import { outputDifference } from './output-difference';
import { inputStyles, rowBytes, rowOf, type InputStyle } from './profile-inputs';

/** Short runs are repeated within one exchange until they take about this long together: clocks and interrupts are in the microseconds. */
const SAMPLE_MS = 2;
const MAX_REPEATS = 16;
/** A batch that takes longer makes its first request wait too long, whatever it gains. */
const MAX_BATCH_MS = 250;
/** A first run of a size that is so much dearer per item than one alone will not become worthwhile. */
const HOPELESS = 2;
const MAX_INPUT_BYTES = 32 * 1024 * 1024;

interface BatchTunerParts {
  batching: BatchingOf;
  /** Milliseconds for one revision. */
  budgetMs: number;
}

/** Finds by measuring whether batches of a loaded model pay on this device, up to which size, and whether its rows are independent at all. */
export class BatchTuner {
  /** One at a time: they would measure each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: BatchTunerParts) {}

  /** Never rejects; what cannot be measured gets 1 and the reason. */
  tune(revision: RevisionSpec, runner: TunedRunner): Promise<BatchProfile> {
    const { signature, batchDimension } = revision;
    const fixed = signature.inputs.length === 0 ? 'The model has no input.' : null;
    const name = withoutBatchAxis(signature, batchDimension);
    const unfit = name === null ? fixed : `"${name}" has no dynamic dimension ${batchDimension ?? 0} along which items could be joined.`;
    if (unfit !== null) return Promise.resolve(notBatched(unfit));
    const tuned = this.#last.then(() => new Tuning(revision, new MeasuredRunner(runner, this.parts.budgetMs), this.parts.batching(revision)).profile());
    this.#last = tuned;
    return tuned;
  }
}

/** The measuring of one revision. */
class Tuning {
  #rows: RawTensor[][] = [];
  #style: InputStyle | null = null;
  #maxRelativeError: number | null = null;
  #stopped: string | null = null;

  constructor(private readonly revision: RevisionSpec, private readonly runner: MeasuredRunner, private readonly batching: TensorBatching) {}

  async profile(): Promise<BatchProfile> {
    try {
      const refusal = await this.#findInputs() ?? await this.#compareRows();
      if (refusal !== null) return notBatched(refusal, this.#maxRelativeError);
      const expectedMs = await this.#warmUp();
      const table = await climb(expectedMs, { sample: (size) => this.#time(size, expectedMs.get(size)!), remainingMs: () => this.runner.remainingMs });
      return { table, ...chooseBatch(table, this.#stopped), maxRelativeError: this.#maxRelativeError };
    } catch (error) {
      if (error instanceof MeasuringEnded) return notBatched(`A run that measured the model ${error.message}.`, this.#maxRelativeError);
      return notBatched(`The model could not be measured: ${messageOf(error)}`, this.#maxRelativeError);
    }
  }

  /** Requests that the model takes. @returns why there are none */
  async #findInputs(): Promise<string | null> {
    let refusal = 'its inputs are too large.';
    for (const style of inputStyles(this.revision.signature)) {
      if (rowBytes(this.revision, style) * 2 > MAX_INPUT_BYTES) continue;
      this.#rows = [0, 1, 2].map((row) => rowOf(this.revision, style, row));
      try {
        await this.runner.run([this.#request(1)]);
        this.#style = style;
        return null;
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        refusal = error.message;
      }
    }
    return `The model refuses every input that was made up for measuring it: ${refusal}`;
  }

  /** Three rows alone and together must give the same: else dimension 0 is no batch, but a part of each request. */
  async #compareRows(): Promise<string | null> {
    try {
      const alone: RawTensor[][] = [];
      const rows = this.#rowsToCompare();
      for (const inputs of rows) alone.push((await this.runner.run([{ inputs, outputs: null }]))[0]!.outputs);
      const [together] = await this.runner.run([{ inputs: this.batching.stack(rows), outputs: null }]);
      const split = this.batching.split(together!.outputs, rows.map((inputs) => this.batching.extentOf(inputs)!));
      const differences = alone.map((outputs, row) => outputDifference(outputs, split[row]!));
      const relative = Math.max(...differences.map((difference) => difference.relative));
      this.#maxRelativeError = Number.isFinite(relative) ? relative : null;
      return differences.every(({ isTolerated }) => isTolerated) ? null : 'An item in a batch does not give what it gives alone: the model mixes its rows.';
    } catch (error) {
      if (error instanceof PlatformError) return `Items cannot be joined: ${error.message}`;
      throw error;
    }
  }

  /** Where lengths may differ, those of the rows do: what padding does to the others shows. */
  #rowsToCompare(): RawTensor[][] {
    const { padding } = this.revision;
    const style = this.#style!;
    if (padding.length === 0 || style.freeSize === 1) return this.#rows;
    const shorter = (row: number) => Math.max(1, Math.round((style.freeSize * (4 - row)) / 4));
    return [0, 1, 2].map((row) => rowOf(this.revision, { ...style, lengths: new Map(padding.map(({ dimension }) => [dimension, shorter(row)])) }, row));
  }

  /** Runs each size once, up to where it makes no sense any more. */
  async #warmUp(): Promise<Map<number, number>> {
    const expectedMs = new Map<number, number>();
    for (const size of BATCH_SIZES) {
      const last = [...expectedMs.values()].at(-1) ?? 0;
      this.#stopped = this.#limitOf(size, 2 * last);
      if (this.#stopped !== null) break;
      const ms = await this.#time(size, last === 0 ? SAMPLE_MS : 2 * last);
      expectedMs.set(size, ms);
      if (ms > HOPELESS * size * expectedMs.get(1)!) break;
    }
    return expectedMs;
  }

  #limitOf(size: number, expectedMs: number): string | null {
    if (size === 1) return null;
    if (this.#rows[0]!.reduce((bytes, { data }) => bytes + data.byteLength, 0) * size > MAX_INPUT_BYTES) return `Inputs of ${size} items are too large to measure.`;
    if (expectedMs > MAX_BATCH_MS) return `A batch of ${size} would take longer than ${MAX_BATCH_MS} ms.`;
    if (expectedMs > this.runner.remainingMs / 3) return `There was no time to measure a batch of ${size}.`;
    return null;
  }

  async #time(size: number, expectedMs: number): Promise<number> {
    const repeats = Math.max(1, Math.min(MAX_REPEATS, Math.floor(SAMPLE_MS / Math.max(expectedMs, 0.01))));
    const results = await this.runner.run(new Array<RunRequest>(repeats).fill(this.#request(size)));
    return results.reduce((sum, { computeMs }) => sum + computeMs, 0) / results.length;
  }

  #request(size: number): RunRequest {
    const rows = Array.from({ length: size }, (_, row) => this.#rows[row % this.#rows.length]!);
    return { inputs: size === 1 ? rows[0]! : this.batching.stack(rows), outputs: null };
  }
}

function notBatched(reason: string, maxRelativeError: number | null = null): BatchProfile {
  return { table: [], chosenMaxBatch: 1, gain: null, maxRelativeError, reason };
}
