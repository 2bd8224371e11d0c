import type { BatchTime } from '../../subgraphs/deployment/worker.contract';

/** A new run's share; about the last ten count. */
const WEIGHT = 0.2;
/** Before anything is known. */
const FIRST_GUESS_MS = 25;

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
  /** Observed to measured, by power of two of the elements per row. */
  readonly #corrections = new Map<number, number>();
  #correction: number | null = null;

  constructor(private readonly table: readonly BatchTime[]) {}

  /** False: a prediction would be a guess. */
  get isKnown(): boolean {
    return this.table.length > 0 || this.#correction !== null;
  }

  predictMs(size: RunSize): number {
    return this.#measuredMs(size.rows) * (this.#corrections.get(sizeClass(size)) ?? this.#correction ?? 1);
  }

  observe(size: RunSize, ms: number): void {
    const ratio = ms / this.#measuredMs(size.rows);
    const known = this.#corrections.get(sizeClass(size));
    this.#corrections.set(sizeClass(size), known === undefined ? ratio : known + WEIGHT * (ratio - known));
    this.#correction = this.#correction === null ? ratio : this.#correction + WEIGHT * (ratio - this.#correction);
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
