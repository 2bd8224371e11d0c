/**
 * The one scale of durations that are counted: four boundaries an octave, 2^(i/4) milliseconds, from a quarter of a millisecond to 17 minutes. Counts on it
 * add up over processes and time, and a quantile read from their sum is off by a fifth at most.
 */
const FIRST = -8;
const LAST = 80;

/** Counts a histogram holds: one up to each boundary, and what lies above the last. */
export const SCALE_LENGTH = LAST - FIRST + 2;

const BOUNDARIES_MS = Array.from({ length: SCALE_LENGTH - 1 }, (_, index) => 2 ** ((FIRST + index) / 4));

/** Every fourth boundary, in seconds: what Prometheus is told nests in what is kept. */
export const SCALE_SECONDS: readonly number[] = BOUNDARIES_MS.filter((_, index) => index % 4 === 0).map((ms) => ms / 1_000);

/** Upper boundary of a count, in milliseconds; the last has none. */
export function boundaryMs(index: number): number {
  return BOUNDARIES_MS[index] ?? Infinity;
}

/** Where a duration is counted. */
export function scaleIndex(ms: number): number {
  // Also what is no number: a clock that went backwards must not make a hole in an array.
  if (!(ms > boundaryMs(0))) return 0;
  const index = Math.min(SCALE_LENGTH - 1, Math.ceil(4 * Math.log2(ms)) - FIRST);
  // A logarithm is rounded: one that should be whole may lie just above.
  return ms <= boundaryMs(index - 1) ? index - 1 : index;
}

/**
 * The duration that this part of what was counted did not pass; null of nothing. Within a count it is taken to be spread evenly in the logarithm; above the
 * last boundary nothing more is known than the boundary.
 * @param part 0 to 1, such as 0.95
 */
export function quantileMs(counts: readonly number[], part: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.min(Math.max(part, 0), 1) * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) return withinMs(index, (rank - below) / count);
    below += count;
  }
  return BOUNDARIES_MS.at(-1)!;
}

function withinMs(index: number, part: number): number {
  if (index === 0) return boundaryMs(0) * part;
  if (index >= SCALE_LENGTH - 1) return BOUNDARIES_MS.at(-1)!;
  return boundaryMs(index - 1) * 2 ** (part / 4);
}
