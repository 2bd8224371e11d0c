import { isUtf8 } from 'node:buffer';
import { PlatformError } from '../errors';
import { packBytes, unpackBytes } from './bytes-elements';
import { ELEMENT_BYTES, type FixedDatatype } from './datatype';
import { ELEMENT_CODECS } from './element-json';
import { checkRaw, countMismatch, elementCount, expectedBytes } from './element-count';
import { flatten } from './flatten';
import type { RawTensor, TensorHeader } from './tensor';

/** The most raw bytes of one tensor inside a request or answer; larger ones travel as blobs. */
export const INLINE_MAX_BYTES = 65_536;

/** A tensor as a request carries it: exactly one of `json` (nested or flat, row-major) and `base64` (of the raw bytes). */
export interface InlineTensor extends TensorHeader {
  json?: unknown;
  base64?: string | null;
}

/**
 * Reads an inline tensor into raw bytes.
 * @throws TENSOR_INVALID when the data cannot be read, a value is out of range, or not exactly one form is given
 * @throws ELEMENT_COUNT_MISMATCH when there are more or fewer elements than the shape says
 * @throws TENSOR_TOO_LARGE above 64 KiB of raw bytes
 */
export function decodeTensor(input: InlineTensor): RawTensor {
  const hasJson = input.json !== undefined && input.json !== null;
  const hasBase64 = typeof input.base64 === 'string';
  if (hasJson === hasBase64) {
    throw new PlatformError(
      'TENSOR_INVALID',
      `Tensor "${input.name}": exactly one of json, base64 and blob was expected, ${hasJson ? 'more' : 'none'} came.`,
    );
  }
  refuseAbove(input, expectedBytes(input) ?? 0);
  const { name, datatype, shape } = input;
  // BYTES take four bytes of length each, whatever they hold.
  if (hasJson && datatype === 'BYTES') refuseAbove(input, elementCount(input) * 4);
  const data = hasJson ? fromJson(input) : fromBase64(input);
  refuseAbove(input, data.byteLength);
  return { name, datatype, shape: [...shape], data };
}

/**
 * Reads a tensor whose elements came as JSON, of any size.
 * @throws TENSOR_INVALID, ELEMENT_COUNT_MISMATCH as `decodeTensor`
 */
export function decodeJson(input: TensorHeader & { json: unknown }): RawTensor {
  const { name, datatype, shape } = input;
  return { name, datatype, shape: [...shape], data: fromJson(input) };
}

/** The elements as JSON, flat and row-major as the Open Inference Protocol answers; null when BYTES hold no UTF-8 (read `base64` then). */
export function encodeJson(tensor: RawTensor): unknown[] | null {
  const { datatype, data } = tensor;
  if (datatype === 'BYTES') return utf8OrNull(unpackBytes(tensor));
  const codec = ELEMENT_CODECS[datatype];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = ELEMENT_BYTES[datatype];
  return Array.from({ length: elementCount(tensor) }, (_, index) => codec.read(view, index * size));
}

export function encodeBase64({ data }: RawTensor): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function fromBase64(input: InlineTensor): Buffer {
  const text = input.base64!;
  refuseAbove(input, Math.floor((text.length * 3) / 4) - 2);
  const data = Buffer.from(text, 'base64');
  // Node skips what it cannot read; writing the bytes back tells whether it skipped anything.
  if (data.toString('base64') !== text)
    throw new PlatformError('TENSOR_INVALID', `Tensor "${input.name}": base64 with the standard alphabet and padding was expected.`);
  refuseAbove(input, data.byteLength);
  checkRaw({ name: input.name, datatype: input.datatype, shape: input.shape, data });
  return data;
}

function fromJson(input: InlineTensor): Buffer {
  const count = elementCount(input);
  const values = flatten(input, input.json);
  if (values.length !== count) throw countMismatch(input, `${values.length} came`);
  const { datatype } = input;
  return datatype === 'BYTES' ? textElements(input, values) : fixedElements({ ...input, datatype }, values);
}

function fixedElements(input: InlineTensor & { datatype: FixedDatatype }, values: readonly unknown[]): Buffer {
  const codec = ELEMENT_CODECS[input.datatype];
  const size = ELEMENT_BYTES[input.datatype];
  const data = Buffer.allocUnsafe(values.length * size);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  values.forEach((value, index) => {
    if (!codec.write(view, index * size, value)) throw badElement(input, { index, expected: codec.expected, value });
  });
  return data;
}

function textElements(input: InlineTensor, values: readonly unknown[]): Buffer {
  return packBytes(
    values.map((value, index) => {
      const element = Buffer.from(typeof value === 'string' ? value : '', 'utf8');
      // Half a surrogate pair becomes U+FFFD in UTF-8 and would not come back as it went in.
      if (element.toString('utf8') !== value) throw badElement(input, { index, expected: 'a string of well-formed Unicode', value });
      return element;
    }),
  );
}

function utf8OrNull(elements: readonly Uint8Array[]): string[] | null {
  if (!elements.every(isUtf8)) return null;
  return elements.map((element) => Buffer.from(element.buffer, element.byteOffset, element.byteLength).toString('utf8'));
}

function refuseAbove({ name }: TensorHeader, bytes: number): void {
  if (bytes > INLINE_MAX_BYTES) {
    throw new PlatformError(
      'TENSOR_TOO_LARGE',
      `Tensor "${name}": inline tensors hold at most ${INLINE_MAX_BYTES} bytes; send it through createTensorUpload.`,
    );
  }
}

function badElement(
  { name, datatype }: TensorHeader,
  { index, expected, value }: { index: number; expected: string; value: unknown },
): PlatformError {
  const came = (JSON.stringify(value) ?? 'nothing').slice(0, 60);
  return new PlatformError(
    'TENSOR_INVALID',
    `Tensor "${name}": element ${index} of ${datatype} was expected to be ${expected}; ${came} came.`,
  );
}
