import { PlatformError } from '../../platform/errors';
import { batchAxisOf } from '../../platform/tensor/batch-axis';
import type { Datatype } from '../../platform/tensor/datatype';
import type { Signature, TensorSpec } from '../../platform/tensor/tensor';
import type { PaddingSettings } from './worker.contract';

const MOST_DIMENSIONS = 8;
const MOST_BUCKETS = 64;
const LONGEST = 1_048_576;
/** What a padding value must lie between; null: text, which is padded with empty elements alone. */
const VALUES: Record<Datatype, readonly [number, number] | null> = {
  BOOL: [0, 1], UINT8: [0, 255], UINT16: [0, 65_535], UINT32: [0, 2 ** 32 - 1], UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-128, 127], INT16: [-32_768, 32_767], INT32: [-(2 ** 31), 2 ** 31 - 1], INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  FP16: [-65_504, 65_504], FP32: [-3.4e38, 3.4e38], FP64: [-Number.MAX_VALUE, Number.MAX_VALUE], BYTES: null,
};
const FRACTIONAL: ReadonlySet<Datatype> = new Set(['FP16', 'FP32', 'FP64']);

/**
 * Whether the model has what the padding is about.
 * @throws BAD_USER_INPUT
 */
export function requirePadding(padding: readonly PaddingSettings[], { inputs, outputs }: Signature, batchDimension: string | null): void {
  if (padding.length > MOST_DIMENSIONS) throw refused(`at most ${MOST_DIMENSIONS} dimensions were expected, ${padding.length} came`);
  const names = padding.map(({ dimension }) => dimension);
  if (new Set(names).size < names.length) throw refused('each dimension was expected once');
  for (const settings of padding) {
    const { dimension, buckets } = settings;
    const padded = inputs.filter((spec) => axesOf(spec, dimension).length > 0);
    if (dimension === '' || padded.length === 0) throw refused(`the name of a free dimension of an input was expected, "${dimension}" came`);
    for (const spec of [...inputs, ...outputs]) requireOneAxis(spec, dimension, batchDimension);
    requireBuckets(dimension, buckets);
    requireValues(settings, padded);
  }
}

function requireOneAxis(spec: TensorSpec, dimension: string, batchDimension: string | null): void {
  const axes = axesOf(spec, dimension);
  if (axes.length > 1) throw refused(`"${spec.name}" has the dimension "${dimension}" more than once`);
  if (axes.length === 1 && axes[0] === batchAxisOf(spec, batchDimension)) throw refused(`items are joined along "${dimension}" of "${spec.name}", which cannot be padded as well`);
}

function requireBuckets(dimension: string, buckets: readonly number[]): void {
  if (buckets.length > MOST_BUCKETS) throw refused(`at most ${MOST_BUCKETS} buckets of "${dimension}" were expected, ${buckets.length} came`);
  const isAscending = buckets.every((bucket, index) => Number.isInteger(bucket) && bucket > (buckets[index - 1] ?? 0) && bucket <= LONGEST);
  if (!isAscending) throw refused(`buckets of "${dimension}" were expected to ascend from 1 to ${LONGEST}, ${buckets.join(', ')} came`);
}

function requireValues({ dimension, mask, values }: PaddingSettings, padded: readonly TensorSpec[]): void {
  const byName = new Map(padded.map((spec) => [spec.name, spec]));
  if (mask !== null && (!byName.has(mask) || byName.get(mask)!.datatype === 'BYTES')) throw refused(`mask: an input of numbers with the dimension "${dimension}" was expected, "${mask}" came`);
  if (new Set(values.map(({ input }) => input)).size < values.length) throw refused('each input was expected to have one value');
  for (const { input, value } of values) {
    const spec = byName.get(input);
    if (!spec || input === mask) throw refused(`values: an input with the dimension "${dimension}" was expected, and not the mask, "${input}" came`);
    const range = VALUES[spec.datatype];
    const fits = range !== null && value >= range[0] && value <= range[1] && (FRACTIONAL.has(spec.datatype) || Number.isInteger(value));
    if (!fits) throw refused(`the value of "${input}" was expected to be a ${spec.datatype}, ${value} came`);
  }
}

function axesOf({ shape }: TensorSpec, dimension: string): number[] {
  return [...shape.keys()].filter((axis) => shape[axis]!.size === null && shape[axis]!.name === dimension);
}

function refused(reason: string): PlatformError {
  return new PlatformError('BAD_USER_INPUT', `batching.padding: ${reason}.`);
}
