import { elementType } from './element-type';
import { readEntry, readExternal, type ExternalData } from './external-data';
import { EXTERNAL, TENSOR } from './onnx.fields';
import { invalid, type WireReader } from './wire.reader';

/** What a stored tensor says of itself; its numbers are never read. */
export interface TensorFacts {
  name: string;
  type: string;
  elementCount: number;
  payloadBytes: number;
  /** Where its data lies, when that is another file. */
  external: ExternalData | null;
}

/** Real tensors have at most eight or so. */
const RANK_MAX = 64;

/**
 * Reads a TensorProto up to `end`.
 * @throws MODEL_INVALID when its raw bytes are not what its shape and type promise
 */
export function readTensor(reader: WireReader, end: number): TensorFacts {
  const facts: TensorFacts = { name: '', type: '', elementCount: 1, payloadBytes: 0, external: null };
  let [typeNumber, rank, rawBytes, isExternal] = [0, 0, -1, false];
  const entries = new Map<string, string>();
  for (const field of reader.fields(end)) {
    switch (field.number) {
      case TENSOR.DIMS:
        for (const size of reader.numbers(field)) facts.elementCount *= checkedSize(size, ++rank);
        break;
      case TENSOR.DATA_TYPE:
        typeNumber = field.value;
        break;
      case TENSOR.NAME:
        facts.name = reader.text(field);
        break;
      case TENSOR.RAW_DATA:
        rawBytes = field.value;
        break;
      case TENSOR.EXTERNAL_DATA:
        isExternal = true;
        readEntry(reader, field.end, entries);
        break;
      case TENSOR.DATA_LOCATION:
        isExternal ||= field.value === EXTERNAL;
        break;
      // The typed data fields (4 to 7, 10, 11); 12 is documentation.
      default:
        if (field.number >= 4 && field.number <= 11) facts.payloadBytes += field.value;
    }
  }
  const type = elementType(typeNumber);
  const promisedBytes = type?.bits ? Math.ceil((facts.elementCount * type.bits) / 8) : null;
  if (isExternal) facts.external = readExternal(facts.name, entries, promisedBytes);
  else checkRawBytes(facts.name, rawBytes, promisedBytes);
  return {
    ...facts, type: type?.name ?? `type ${typeNumber}`, payloadBytes: facts.payloadBytes + (facts.external?.lengthBytes ?? Math.max(rawBytes, 0)),
  };
}

function checkedSize(size: number, rank: number): number {
  if (rank > RANK_MAX || size < 0) throw invalid(`a tensor has the dimension ${size} at position ${rank}`);
  return size;
}

/** Some writers leave an empty `raw_data` beside the typed data. */
function checkRawBytes(name: string, rawBytes: number, promisedBytes: number | null): void {
  if (promisedBytes === null || rawBytes <= 0 || rawBytes === promisedBytes) return;
  throw invalid(`the tensor "${name}" should hold ${promisedBytes} bytes and holds ${rawBytes}`);
}
