import type { Dimension } from '../../../platform/tensor/tensor';
import { DIMENSION, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './onnx.fields';
import { invalid, type WireReader } from './wire.reader';

/** A graph's input or output as the file declares it. */
export interface EdgeFacts {
  name: string;
  kind: 'tensor' | 'sparse tensor' | 'sequence' | 'map' | 'optional' | 'opaque' | 'untyped';
  /** `TensorProto.DataType`; 0 when there is none. */
  typeNumber: number;
  /** Null: the file states no rank. */
  shape: Dimension[] | null;
}

const KINDS: Readonly<Record<number, EdgeFacts['kind']>> = {
  [TYPE.TENSOR]: 'tensor',
  [TYPE.SPARSE_TENSOR]: 'sparse tensor',
  [TYPE.SEQUENCE]: 'sequence',
  [TYPE.MAP]: 'map',
  [TYPE.OPTIONAL]: 'optional',
  [TYPE.OPAQUE]: 'opaque',
};
const RANK_MAX = 64;
/** The graph's API tells sizes as 32-bit integers. */
const SIZE_MAX = 2 ** 31 - 1;

/** Reads a ValueInfoProto up to `end`. */
export function readValueInfo(reader: WireReader, end: number): EdgeFacts {
  const edge: EdgeFacts = { name: '', kind: 'untyped', typeNumber: 0, shape: null };
  for (const field of reader.fields(end)) {
    if (field.number === VALUE_INFO.NAME) edge.name = reader.text(field);
    else if (field.number === VALUE_INFO.TYPE) readType(reader, field.end, edge);
  }
  if (edge.name === '') throw invalid('an input or output has no name');
  return edge;
}

function readType(reader: WireReader, end: number, edge: EdgeFacts): void {
  for (const field of reader.fields(end)) {
    edge.kind = KINDS[field.number] ?? edge.kind;
    if (field.number === TYPE.TENSOR) readTensorType(reader, field.end, edge);
  }
}

function readTensorType(reader: WireReader, end: number, edge: EdgeFacts): void {
  for (const field of reader.fields(end)) {
    if (field.number === TENSOR_TYPE.ELEMENT) edge.typeNumber = field.value;
    else if (field.number === TENSOR_TYPE.SHAPE) edge.shape = readShape(reader, field.end);
  }
}

function readShape(reader: WireReader, end: number): Dimension[] {
  const shape: Dimension[] = [];
  for (const field of reader.fields(end)) {
    if (field.number !== SHAPE.DIMENSION) continue;
    if (shape.length === RANK_MAX) throw invalid(`an input or output has more than ${RANK_MAX} dimensions`);
    shape.push(readDimension(reader, field.end));
  }
  return shape;
}

/** Some exporters write −1 for "any size". */
function readDimension(reader: WireReader, end: number): Dimension {
  let dimension: Dimension = { size: null, name: '' };
  for (const field of reader.fields(end)) {
    if (field.number === DIMENSION.VALUE && field.value > SIZE_MAX) throw invalid(`an input or output has a dimension of ${field.value}`);
    if (field.number === DIMENSION.VALUE) dimension = field.value < 0 ? { size: null, name: '' } : { size: field.value, name: null };
    else if (field.number === DIMENSION.PARAMETER) dimension = { size: null, name: reader.text(field) };
  }
  return dimension;
}
