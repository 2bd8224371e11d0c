import type { BatchTime } from '../../subgraphs/deployment/worker.contract';
import { weightAfter } from './observation-weight';

/** Before anything is known. */
const FIRST_GUESS_MS = 25;
/** What is predicted to take `n` ms is tried every `20·n` ms at most: trials that come to nothing take up to a twentieth of the device. */
const TRIAL_SPACING = 20;
const TRIAL_MIN_MS = 1_000;

interface Correction {
  /** Observed to measured. */
  ratio: number;
  at: number;
}

export interface RunSize {
  /** Rows along dimension 0. */
  rows: number;
  /** Elements of all inputs. */
  elements: number;
}

/**
 * Predicts how long a run of a revision takes: from what was measured at load by batch size, corrected by what runs of about the same input size per row
 * took since, since made-up inputs have one size and real ones many.
 */
export class RunPrediction {
  /** By power of two of the elements per row. */
  readonly #corrections = new Map<number, Correction>();
  #correction: Correction | null = null;
  /** By the same. */
  readonly #trials = new Map<number, number>();
  readonly #since: number;

  constructor(private readonly table: readonly BatchTime[], private readonly now: () => number = () => performance.now()) {
    this.#since = now();
  }

  /** False: a prediction would be a guess. */
  get isKnown(): boolean {
    return this.table.length > 0 || this.#correction !== null;
  }

  predictMs(size: RunSize): number {
    return this.#measuredMs(size.rows) * ((this.#corrections.get(sizeClass(size)) ?? this.#correction)?.ratio ?? 1);
  }

  observe(size: RunSize, ms: number): void {
    const ratio = ms / this.#measuredMs(size.rows);
    this.#correction = this.#corrected(this.#correction, ratio);
    this.#corrections.set(sizeClass(size), this.#corrected(this.#corrections.get(sizeClass(size)) ?? null, ratio));
  }

  /** Whether a run against the prediction is worth its time: no run of about this size has ended for long, and none was tried. Who hears yes must try it. */
  takeTrial(size: RunSize): boolean {
    const key = sizeClass(size);
    const lastAt = Math.max(this.#since, this.#corrections.get(key)?.at ?? 0, this.#trials.get(key) ?? 0);
    if (this.now() - lastAt < Math.max(TRIAL_MIN_MS, TRIAL_SPACING * this.predictMs(size))) return false;
    this.#trials.set(key, this.now());
    return true;
  }

  #corrected(known: Correction | null, ratio: number): Correction {
    const at = this.now();
    if (!known) return { ratio, at };
    return { ratio: known.ratio + weightAfter(at - known.at) * (ratio - known.ratio), at };
  }

  /** On the line between the neighbours in the table; beyond its end at the pace of the last. */
  #measuredMs(rows: number): number {
    const above = this.table.findIndex(({ batchSize }) => batchSize >= rows);
    const [next, last] = [this.table[above], this.table[above < 0 ? this.table.length - 1 : above - 1]];
    if (!next) return last ? (last.msPerBatch * rows) / last.batchSize : FIRST_GUESS_MS * rows;
    if (!last) return next.msPerBatch;
    return last.msPerBatch + ((next.msPerBatch - last.msPerBatch) * (rows - last.batchSize)) / (next.batchSize - last.batchSize);
  }
}

function sizeClass({ rows, elements }: RunSize): number {
  return Math.round(Math.log2(Math.max(1, elements / Math.max(1, rows))));
}
