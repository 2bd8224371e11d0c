import { PlatformError, type ErrorCode } from '../errors';
import { isDatatype } from './datatype';
import type { BlobTensor, RawTensor } from './tensor';

/**
 * The packed form of a chunk: `MGT1`, a uint32 little-endian header length, the JSON header, then every inline tensor's bytes in order.
 * The header is padded with spaces and each tensor with zeros so that all of them start at a multiple of 8, counted from the frame's
 * start: typed arrays of any kind can then look at the bytes in place.
 *
 * Header: a list of items; an item is `{"error": {code, message}}` or a list of tensors `[name, datatype, shape, bytes | blob]`, with a
 * number of bytes for inline data and a string for a blob's id.
 */
const MAGIC = Buffer.from('MGT1', 'latin1');
const PREFIX_BYTES = 8;
const ALIGNMENT = 8;

export type FrameTensor = RawTensor | BlobTensor;
export interface FrameError {
  error: { code: ErrorCode; message: string };
}
export type FrameItem = FrameTensor[] | FrameError;

export function packFrame(items: readonly FrameItem[]): Buffer {
  const inline = items.flatMap((item) => (Array.isArray(item) ? item : [])).flatMap((tensor) => ('data' in tensor ? [tensor.data] : []));
  const json = JSON.stringify(items.map((item) => (Array.isArray(item) ? item.map(tensorHeader) : { error: item.error })));
  const headerBytes = aligned(PREFIX_BYTES + Buffer.byteLength(json)) - PREFIX_BYTES;
  const frame = Buffer.allocUnsafe(inline.reduce((size, data) => size + aligned(data.byteLength), PREFIX_BYTES + headerBytes));
  MAGIC.copy(frame);
  frame.writeUInt32LE(headerBytes, MAGIC.length);
  const written = frame.write(json, PREFIX_BYTES, 'utf8');
  frame.fill(' ', PREFIX_BYTES + written, PREFIX_BYTES + headerBytes);
  let position = PREFIX_BYTES + headerBytes;
  for (const data of inline) {
    frame.set(data, position);
    frame.fill(0, position + data.byteLength, position + aligned(data.byteLength));
    position += aligned(data.byteLength);
  }
  return frame;
}

/**
 * Reads a frame back; inline tensors are views of it, nothing is copied.
 * @throws TENSOR_INVALID when it is no frame, is cut short, or holds more than its header says
 */
export function unpackFrame(frame: Uint8Array): FrameItem[] {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const reader = { bytes, position: headerEnd(bytes) };
  const items = parseHeader(bytes.subarray(PREFIX_BYTES, reader.position)).map((item) => readItem(item, reader));
  if (reader.position !== bytes.length) throw corrupt('it is longer than its header says');
  return items;
}

function tensorHeader(tensor: FrameTensor): unknown[] {
  return [tensor.name, tensor.datatype, tensor.shape, 'data' in tensor ? tensor.data.byteLength : tensor.blob];
}

function headerEnd(bytes: Buffer): number {
  if (bytes.length < PREFIX_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw corrupt('it does not begin with MGT1');
  const end = PREFIX_BYTES + bytes.readUInt32LE(MAGIC.length);
  if (end > bytes.length) throw corrupt('it ends inside its header');
  return end;
}

function parseHeader(header: Buffer): unknown[] {
  try {
    const items: unknown = JSON.parse(header.toString('utf8'));
    if (Array.isArray(items)) return items;
  } catch (error) {
    throw corrupt('its header is no JSON', error);
  }
  throw corrupt('its header is no list');
}

function readItem(item: unknown, reader: { bytes: Buffer; position: number }): FrameItem {
  if (Array.isArray(item)) return item.map((tensor) => readTensor(tensor, reader));
  if (typeof item === 'object' && item !== null && 'error' in item) return item as FrameError;
  throw corrupt('an item is neither tensors nor an error');
}

function readTensor(header: unknown, reader: { bytes: Buffer; position: number }): FrameTensor {
  const [name, datatype, shape, content] = Array.isArray(header) ? (header as unknown[]) : [];
  if (typeof name !== 'string' || typeof datatype !== 'string' || !isDatatype(datatype) || !isShape(shape))
    throw corrupt('a tensor is not described');
  if (typeof content === 'string') return { name, datatype, shape, blob: content };
  if (!Number.isSafeInteger(content) || (content as number) < 0) throw corrupt(`tensor "${name}" has no length`);
  const start = reader.position;
  reader.position += aligned(content as number);
  if (reader.position > reader.bytes.length) throw corrupt(`it ends inside tensor "${name}"`);
  return { name, datatype, shape, data: reader.bytes.subarray(start, start + (content as number)) };
}

function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

function corrupt(reason: string, cause?: unknown): PlatformError {
  return new PlatformError('TENSOR_INVALID', `The packed tensors cannot be read: ${reason}.`, {}, { cause });
}
