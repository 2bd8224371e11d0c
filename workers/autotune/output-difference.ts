import { fromHalf } from '../../platform/tensor/half';
import type { RawTensor } from '../../platform/tensor/tensor';

/** What different kernels for different batch sizes may round apart; anything above is another answer. */
export const TOLERATED = 1e-4;
/** The smallest step of half precision, a few times over. */
const TOLERATED_HALF = 4e-3;
/** Below this part of a tensor's largest value, differences are measured against that part: next to nothing is no yardstick. */
const SMALL = 1e-3;

export interface OutputDifference {
  /** The largest relative difference; 0: equal bit for bit, Infinity: of another shape, or not numbers and not equal. */
  relative: number;
  isTolerated: boolean;
}

/** How far the outputs of one request are from those of another that should be the same. */
export function outputDifference(alone: readonly RawTensor[], batched: readonly RawTensor[]): OutputDifference {
  const each = alone.map((tensor, position) => differenceOf(tensor, batched[position]));
  return {
    relative: Math.max(0, ...each.map(({ relative }) => relative)),
    isTolerated: each.every(({ isTolerated }) => isTolerated),
  };
}

function differenceOf(a: RawTensor, b: RawTensor | undefined): OutputDifference {
  if (b && Buffer.compare(a.data, b.data) === 0 && String(a.shape) === String(b.shape)) return { relative: 0, isTolerated: true };
  const [left, right] = [floatsOf(a), b && floatsOf(b)];
  if (!b || !left || !right || String(a.shape) !== String(b.shape)) return { relative: Infinity, isTolerated: false };
  const relative = largestDifference(left, right);
  return { relative, isTolerated: relative <= (a.datatype === 'FP16' ? TOLERATED_HALF : TOLERATED) };
}

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const floor = SMALL * largest(left);
  let worst = 0;
  for (let index = 0; index < left.length; index += 1) {
    const [x, y] = [left[index]!, right[index]!];
    if (Object.is(x, y) || x === y) continue;
    const relative = Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y), floor);
    // NaN against a number, or infinities of different sign.
    if (!(relative < Infinity)) return Infinity;
    worst = Math.max(worst, relative);
  }
  return worst;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index += 1) if (Math.abs(values[index]!) < Infinity) most = Math.max(most, Math.abs(values[index]!));
  return most;
}

/** Null for what has no rounding. */
function floatsOf({ datatype, data }: RawTensor): ArrayLike<number> | null {
  const { buffer } = data.slice();
  if (datatype === 'FP32') return new Float32Array(buffer);
  if (datatype === 'FP64') return new Float64Array(buffer);
  return datatype === 'FP16' ? Array.from(new Uint16Array(buffer), fromHalf) : null;
}
