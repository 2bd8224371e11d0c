import { PlatformError } from '../../../platform/errors';
import { packBytes } from '../../../platform/tensor/bytes-elements';
import { encodeJson } from '../../../platform/tensor/inline-tensor';
import type { RawTensor, TensorSpec } from '../../../platform/tensor/tensor';

/**
 * The classification extension: in place of a tensor of scores the best of them, as BYTES `score:index`, highest first. Where dimension 0 is open, as batches
 * are, each of its rows is a set of scores of its own; otherwise the whole tensor is one.
 * @throws BAD_USER_INPUT when the output holds no numbers
 */
export function classify(tensor: RawTensor, { shape: specified }: TensorSpec, count: number): RawTensor {
  const { name, datatype, shape } = tensor;
  if (datatype === 'BYTES' || datatype === 'BOOL') throw new PlatformError('BAD_USER_INPUT', `Output "${name}" is ${datatype}; classification needs numbers.`, { output: name });
  const values = encodeJson(tensor)!;
  const isBatch = shape.length > 1 && specified[0]?.size === null;
  const rows = isBatch ? shape[0]! : 1;
  const width = rows === 0 ? 0 : values.length / rows;
  const kept = Math.min(count, width);
  const classes = Array.from({ length: rows }, (_, row) => best(values.slice(row * width, (row + 1) * width), kept)).flat();
  const texts = classes.map(({ value, index }) => Buffer.from(`${scoreText(value)}:${index}`));
  return { name, datatype: 'BYTES', shape: isBatch ? [rows, kept] : [kept], data: packBytes(texts) };
}

/** Equal scores stay in their order; NaN is no score and comes last. */
function best(values: readonly unknown[], count: number): { value: unknown; index: number }[] {
  const scored = values.map((value, index) => ({ value, index, score: Number(value) }));
  return scored.sort((one, other) => falling(one.score, other.score)).slice(0, count);
}

function falling(one: number, other: number): number {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return one === other ? 0 : one > other ? -1 : 1;
}

/** Six decimals, as the reference implementation writes them; whole numbers of 64 bits come as text already. */
function scoreText(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(6) : String(value);
}
