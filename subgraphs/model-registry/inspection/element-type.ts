import type { Datatype } from '../../../platform/tensor/datatype';

interface ElementType {
  name: string;
  /** Bits of one element as it lies in `raw_data`; 0 for text. */
  bits: number;
  /** Null: the runtime does not take it at the graph's edge. */
  datatype: Datatype | null;
}

const row = (name: string, bits: number, datatype: Datatype | null = null): ElementType => ({ name, bits, datatype });

/** `TensorProto.DataType`, by number. */
const ELEMENT_TYPES: readonly (ElementType | undefined)[] = [
  undefined,
  row('float32', 32, 'FP32'),
  row('uint8', 8, 'UINT8'),
  row('int8', 8, 'INT8'),
  row('uint16', 16, 'UINT16'),
  row('int16', 16, 'INT16'),
  row('int32', 32, 'INT32'),
  row('int64', 64, 'INT64'),
  row('string', 0, 'BYTES'),
  row('bool', 8, 'BOOL'),
  row('float16', 16, 'FP16'),
  row('float64', 64, 'FP64'),
  row('uint32', 32, 'UINT32'),
  row('uint64', 64, 'UINT64'),
  row('complex64', 64),
  row('complex128', 128),
  row('bfloat16', 16),
  row('float8e4m3fn', 8),
  row('float8e4m3fnuz', 8),
  row('float8e5m2', 8),
  row('float8e5m2fnuz', 8),
  row('uint4', 4),
  row('int4', 4),
  row('float4e2m1', 4),
  row('float8e8m0', 8),
  row('uint2', 2),
  row('int2', 2),
];

export function elementType(number: number): ElementType | null {
  return ELEMENT_TYPES[number] ?? null;
}
