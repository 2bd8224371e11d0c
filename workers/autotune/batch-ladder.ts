import type { BatchTime } from '../../subgraphs/deployment/worker.contract';

/** The sizes that are measured. */
export const BATCH_SIZES = [1, 2, 4, 8, 16, 32] as const;
/** Rounds over all sizes; the median of so many bears a few that were disturbed. */
const ROUNDS = 9;
/** A round ends in the middle rather than pass the time there is, so the last sizes may have fewer samples. */
const LEAST_SAMPLES = 1;

export interface LadderParts {
  /** Milliseconds of one run of so many rows, or the mean of several. */
  sample(batchSize: number): Promise<number>;
  remainingMs(): number;
}

/**
 * Measures sizes in turn, round after round, so that a disturbance of some moments touches all of them alike.
 * @param expectedMs what each size took when it was first run, which warmed it up and is not counted unless nothing else is
 */
export async function climb(expectedMs: ReadonlyMap<number, number>, { sample, remainingMs }: LadderParts): Promise<BatchTime[]> {
  const samples = new Map([...expectedMs.keys()].map((size): [number, number[]] => [size, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [size, ms] of expectedMs) {
      // A size that would pass the time is left out, smaller ones before it had theirs.
      if (2 * ms > remainingMs()) continue;
      samples.get(size)!.push(await sample(size));
    }
  }
  return [...samples].map(([batchSize, times]) => ({
    batchSize,
    msPerBatch: Math.max(0.001, times.length >= LEAST_SAMPLES ? median(times) : expectedMs.get(batchSize)!),
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
