import { PlatformError } from '../../platform/errors';
import { unpackBytes } from '../../platform/tensor/bytes-elements';
import { ELEMENT_BYTES } from '../../platform/tensor/datatype';
import { elementCount } from '../../platform/tensor/element-count';
import type { RawTensor } from '../../platform/tensor/tensor';

/**
 * Joins requests along dimension 0, input by input. The requests must have the same inputs with equal datatypes and equal shapes beyond
 * dimension 0. One copy of the bytes; BYTES elements bring their lengths along.
 */
export function stack(requests: readonly RawTensor[][]): RawTensor[] {
  const [first] = requests;
  if (!first) return [];
  return first.map(({ name, datatype, shape }) => {
    const parts = requests.map((request) => request.find((tensor) => tensor.name === name)!);
    const total = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
    return { name, datatype, shape: [total, ...shape.slice(1)], data: Buffer.concat(parts.map(({ data }) => data)) };
  });
}

/**
 * Cuts the outputs of a joined run into those of its requests; fixed-size elements are views, nothing is copied.
 * @param counts rows of each request, in the order they were stacked
 * @throws INFERENCE_FAILED when an output does not carry one row for each input row
 */
export function split(outputs: readonly RawTensor[], counts: readonly number[]): RawTensor[][] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const pieces = outputs.map((output) => {
    if (output.shape[0] === total) return cut(output, counts);
    throw new PlatformError(
      'INFERENCE_FAILED',
      `Output "${output.name}" came as [${output.shape.join(', ')}] for ${total} rows: the model does not keep dimension 0 and cannot be batched.`,
    );
  });
  return counts.map((_, request) => pieces.map((piece) => piece[request]!));
}

function cut(output: RawTensor, counts: readonly number[]): RawTensor[] {
  const { name, datatype, shape } = output;
  const rest = shape.slice(1);
  const offsetOfRow = rowOffsets(output, elementCount({ name, shape: rest }));
  let row = 0;
  return counts.map((count) => {
    const data = output.data.subarray(offsetOfRow(row), offsetOfRow(row + count));
    row += count;
    return { name, datatype, shape: [count, ...rest], data };
  });
}

/** Where each row begins: by arithmetic for fixed sizes, by walking the elements for BYTES. */
function rowOffsets(output: RawTensor, elementsPerRow: number): (row: number) => number {
  const { datatype, data } = output;
  if (datatype !== 'BYTES') return (row) => row * elementsPerRow * ELEMENT_BYTES[datatype];
  const starts = unpackBytes(output).map((element) => element.byteOffset - data.byteOffset - 4);
  return (row) => starts[row * elementsPerRow] ?? data.byteLength;
}
