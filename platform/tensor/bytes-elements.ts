import { PlatformError } from '../errors';

const LENGTH_BYTES = 4;

interface NamedBytes {
  name: string;
  data: Uint8Array;
}

/** The elements of a BYTES tensor as views of its data, nothing copied.
 * @throws TENSOR_INVALID when the data ends inside an element
 */
export function unpackBytes(tensor: NamedBytes): Uint8Array[] {
  const elements: Uint8Array[] = [];
  walkBytes(tensor, (element) => elements.push(element));
  return elements;
}

/** Counts the elements, and hands each to `visit`. */
export function walkBytes({ name, data }: NamedBytes, visit?: (element: Uint8Array) => void): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let count = 0;
  for (let position = 0; position < data.byteLength; count++) {
    const start = position + LENGTH_BYTES;
    const end = start <= data.byteLength ? start + view.getUint32(position, true) : Infinity;
    if (end > data.byteLength)
      throw new PlatformError(
        'TENSOR_INVALID',
        `Tensor "${name}": BYTES data ends inside element ${count}; each is a uint32 length and its bytes.`,
      );
    visit?.(data.subarray(start, end));
    position = end;
  }
  return count;
}

/** The raw form of BYTES elements: a uint32 little-endian length before each. */
export function packBytes(elements: readonly Uint8Array[]): Buffer {
  const size = elements.reduce((sum, element) => sum + LENGTH_BYTES + element.byteLength, 0);
  const packed = Buffer.allocUnsafe(size);
  let position = 0;
  for (const element of elements) {
    position = packed.writeUInt32LE(element.byteLength, position);
    packed.set(element, position);
    position += element.byteLength;
  }
  return packed;
}
