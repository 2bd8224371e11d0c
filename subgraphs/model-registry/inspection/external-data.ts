import path from 'node:path';
import { ENTRY } from './onnx.fields';
import { invalid, type WireReader } from './wire.reader';

/** Where a tensor says that its bytes lie (TensorProto.external_data). */
export interface ExternalData {
  tensor: string;
  /** As the file writes it: relative to the folder of the model. */
  location: string;
  /** Of its first byte. */
  offset: number;
  lengthBytes: number;
}

/** Where the model lies in its version, and how many bytes each file beside it has, by path. */
export interface Surroundings {
  path: string;
  beside: ReadonlyMap<string, number>;
}

const COUNT = /^\d{1,15}$/;
const ENTRIES_MAX = 16;

export function readEntry(reader: WireReader, end: number, entries: Map<string, string>): void {
  let [key, value] = ['', ''];
  for (const field of reader.fields(end)) {
    if (field.number === ENTRY.KEY) key = reader.text(field);
    else if (field.number === ENTRY.VALUE) value = reader.text(field);
  }
  entries.set(key, value);
  if (entries.size > ENTRIES_MAX) throw invalid(`a tensor says more than ${ENTRIES_MAX} things about its external data`);
}

/** @param promisedBytes by its shape and type; null of a type without a fixed size. @throws MODEL_INVALID */
export function readExternal(tensor: string, entries: ReadonlyMap<string, string>, promisedBytes: number | null): ExternalData {
  const location = entries.get('location') ?? '';
  const [offset, length] = [entries.get('offset') ?? '0', entries.get('length') ?? String(promisedBytes)];
  if (!COUNT.test(offset) || !COUNT.test(length)) throw invalid(`the tensor "${tensor}" does not say which bytes of "${location.slice(0, 200)}" are its own`);
  const lengthBytes = Number(length);
  if (promisedBytes !== null && lengthBytes !== promisedBytes) throw invalid(`the tensor "${tensor}" should hold ${promisedBytes} bytes and names ${lengthBytes} of "${location.slice(0, 200)}"`);
  return { tensor, location, offset: Number(offset), lengthBytes };
}

/**
 * That all bytes are there: external data is a file of the version, never one that lies elsewhere on the machine, nor the runtime's own memory,
 * which ONNX Runtime takes certain locations for.
 * @throws MODEL_INVALID
 */
export function checkExternal(externals: readonly ExternalData[], { path: model, beside }: Surroundings): void {
  for (const { tensor, location, offset, lengthBytes } of externals) {
    const shown = `the weights of "${tensor}" lie in "${location.slice(0, 200)}"`;
    const plain = location.replace(/^(\.\/)+/, '');
    const isInside = plain.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !plain.includes('\\');
    if (!isInside) throw invalid(`${shown}, which is outside of the version`);
    const sizeBytes = beside.get(path.posix.join(path.posix.dirname(model), plain));
    if (sizeBytes === undefined) throw invalid(`${shown}, which the version does not hold; publish both as files of one draft, or save the model as one file`);
    if (offset + lengthBytes > sizeBytes) throw invalid(`${shown} up to byte ${offset + lengthBytes}; the file has ${sizeBytes} bytes and may be cut short`);
  }
}
