/** A new observation's share in a running estimate; about the last ten count. */
const WEIGHT = 0.2;

/** After a silence: each second counts as one more observation that was missed, since what was seen long ago says little about now. */
export function weightAfter(silentMs: number): number {
  return 1 - (1 - WEIGHT) ** (1 + silentMs / 1_000);
}
