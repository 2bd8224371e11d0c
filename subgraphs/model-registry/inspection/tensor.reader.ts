import { elementType } from './element-type';
import { EXTERNAL, TENSOR } from './onnx.fields';
import { invalid, type WireReader } from './wire.reader';

/** What a stored tensor says of itself; its numbers are never read. */
export interface TensorFacts {
  name: string;
  type: string;
  elementCount: number;
  payloadBytes: number;
  isExternal: boolean;
}

/** Real tensors have at most eight or so. */
const RANK_MAX = 64;

/**
 * Reads a TensorProto up to `end`.
 * @throws MODEL_INVALID when its raw bytes are not what its shape and type promise
 */
export function readTensor(reader: WireReader, end: number): TensorFacts {
  const facts: TensorFacts = { name: '', type: '', elementCount: 1, payloadBytes: 0, isExternal: false };
  let [typeNumber, rank, rawBytes] = [0, 0, -1];
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
        facts.isExternal = true;
        break;
      case TENSOR.DATA_LOCATION:
        facts.isExternal ||= field.value === EXTERNAL;
        break;
      // The typed data fields (4 to 7, 10, 11); 12 is documentation.
      default:
        if (field.number >= 4 && field.number <= 11) facts.payloadBytes += field.value;
    }
  }
  checkRawBytes({ ...facts, typeNumber, rawBytes });
  return {
    ...facts,
    type: elementType(typeNumber)?.name ?? `type ${typeNumber}`,
    payloadBytes: facts.payloadBytes + Math.max(rawBytes, 0),
  };
}

function checkedSize(size: number, rank: number): number {
  if (rank > RANK_MAX || size < 0) throw invalid(`a tensor has the dimension ${size} at position ${rank}`);
  return size;
}

/** Some writers leave an empty `raw_data` beside the typed data. */
function checkRawBytes(tensor: TensorFacts & { typeNumber: number; rawBytes: number }): void {
  const bits = elementType(tensor.typeNumber)?.bits;
  if (!bits || tensor.rawBytes <= 0 || tensor.isExternal) return;
  const expected = Math.ceil((tensor.elementCount * bits) / 8);
  if (tensor.rawBytes !== expected) throw invalid(`the tensor "${tensor.name}" should hold ${expected} bytes and holds ${tensor.rawBytes}`);
}
