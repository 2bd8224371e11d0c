/** The Open Inference Protocol's tensor datatypes that ONNX Runtime takes at its edge (BF16 it refuses). */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];
export type FixedDatatype = Exclude<Datatype, 'BYTES'>;

/** Bytes of one element; BYTES elements have a length each. */
export const ELEMENT_BYTES: Readonly<Record<FixedDatatype, 1 | 2 | 4 | 8>> = Object.freeze({
  BOOL: 1,
  UINT8: 1,
  INT8: 1,
  UINT16: 2,
  INT16: 2,
  FP16: 2,
  UINT32: 4,
  INT32: 4,
  FP32: 4,
  UINT64: 8,
  INT64: 8,
  FP64: 8,
});

export function isDatatype(text: string): text is Datatype {
  return (DATATYPES as readonly string[]).includes(text);
}
