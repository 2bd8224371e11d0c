import { ELEMENT_BYTES } from './datatype';
import { PlatformError } from '../errors';
import type { RawTensor, TensorHeader } from './tensor';
import { walkBytes } from './bytes-elements';

/** Far above any real model's rank; keeps hostile shapes cheap. */
const RANK_MAX = 64;

/**
 * How many elements a shape holds; 1 for a scalar's `[]`.
 * @throws TENSOR_INVALID when a dimension is no whole number ≥ 0, or the product passes 2^53
 */
export function elementCount({ name, shape }: Pick<TensorHeader, 'name' | 'shape'>): number {
  if (shape.length > RANK_MAX)
    throw new PlatformError('TENSOR_INVALID', `Tensor "${name}": at most ${RANK_MAX} dimensions were expected, ${shape.length} came.`);
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new PlatformError('TENSOR_INVALID', `Tensor "${name}": whole dimensions ≥ 0 were expected, [${shape.join(', ')}] came.`);
    count *= size;
  }
  // A zero dimension must not hide an overflow from the code that multiplies the others.
  const largest = shape.reduce((product, size) => product * Math.max(size, 1), 1);
  if (!Number.isSafeInteger(largest))
    throw new PlatformError('TENSOR_INVALID', `Tensor "${name}": the shape [${shape.join(', ')}] holds too many elements.`);
  return count;
}

/** The bytes that a shape and datatype promise; null for BYTES, whose elements have lengths of their own. */
export function expectedBytes(header: TensorHeader): number | null {
  const count = elementCount(header);
  return header.datatype === 'BYTES' ? null : count * ELEMENT_BYTES[header.datatype];
}

/**
 * Checks raw bytes against their shape and datatype, as they come from base64 or an uploaded blob.
 * @throws ELEMENT_COUNT_MISMATCH when there are more or fewer elements than the shape says
 * @throws TENSOR_INVALID when a BOOL is neither 0 nor 1, or BYTES end inside an element
 */
export function checkRaw(tensor: RawTensor): void {
  const { name, datatype, shape, data } = tensor;
  const count = elementCount(tensor);
  if (datatype === 'BYTES') {
    const found = walkBytes(tensor);
    if (found !== count) throw countMismatch(tensor, `${found} came`);
    return;
  }
  const bytes = count * ELEMENT_BYTES[datatype];
  if (data.byteLength !== bytes) throw countMismatch(tensor, `that is ${bytes} bytes of ${datatype}; ${data.byteLength} bytes came`);
  if (datatype === 'BOOL') {
    const position = data.findIndex((byte) => byte > 1);
    if (position >= 0)
      throw new PlatformError(
        'TENSOR_INVALID',
        `Tensor "${name}": BOOL bytes are 0 or 1; element ${position} of [${shape.join(', ')}] is ${data[position]}.`,
      );
  }
}

/** The one wording of ELEMENT_COUNT_MISMATCH. */
export function countMismatch(header: TensorHeader, came: string): PlatformError {
  const { name, shape } = header;
  return new PlatformError(
    'ELEMENT_COUNT_MISMATCH',
    `Tensor "${name}": the shape [${shape.join(', ')}] holds ${elementCount(header)} elements; ${came}.`,
  );
}
