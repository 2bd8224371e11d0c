import { isUtf8 } from 'node:buffer';
import { Tensor } from 'onnxruntime-node';
import { packBytes, unpackBytes } from '../../platform/tensor/bytes-elements';
import { ELEMENT_BYTES, type Datatype, type FixedDatatype } from '../../platform/tensor/datatype';
import type { RawTensor } from '../../platform/tensor/tensor';

type OrtType = Tensor.Type;
type TypedArray = Exclude<Tensor.DataType, string[]>;
type TypedArrayConstructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray;

/** FP16 travels as its bits: Node 20 has no Float16Array. */
const FIXED: Readonly<Record<FixedDatatype, { type: Exclude<OrtType, 'string'>; array: TypedArrayConstructor }>> = {
  BOOL: { type: 'bool', array: Uint8Array },
  UINT8: { type: 'uint8', array: Uint8Array },
  UINT16: { type: 'uint16', array: Uint16Array },
  UINT32: { type: 'uint32', array: Uint32Array },
  UINT64: { type: 'uint64', array: BigUint64Array },
  INT8: { type: 'int8', array: Int8Array },
  INT16: { type: 'int16', array: Int16Array },
  INT32: { type: 'int32', array: Int32Array },
  INT64: { type: 'int64', array: BigInt64Array },
  FP16: { type: 'float16', array: Uint16Array },
  FP32: { type: 'float32', array: Float32Array },
  FP64: { type: 'float64', array: Float64Array },
};

const DATATYPES: ReadonlyMap<string, Datatype> = new Map<string, Datatype>([
  ['string', 'BYTES'],
  ...Object.entries(FIXED).map(([datatype, { type }]): [string, Datatype] => [type, datatype as Datatype]),
]);

/** The platform's name of a runtime type; null when it serves none such. */
export function datatypeOf(type: string): Datatype | null {
  return DATATYPES.get(type) ?? null;
}

/**
 * A runtime tensor over the same bytes, copied only where they are not aligned. The runtime takes BYTES as text alone.
 * @throws Error when BYTES are not UTF-8 or hold a zero byte
 */
export function toOrtTensor(raw: RawTensor): Tensor {
  const { name, datatype, shape, data } = raw;
  if (datatype === 'BYTES')
    return new Tensor(
      'string',
      unpackBytes(raw).map((element) => text(name, element)),
      shape,
    );
  const { type, array: View } = FIXED[datatype];
  const size = ELEMENT_BYTES[datatype];
  const bytes = data.byteOffset % size === 0 ? data : Uint8Array.from(data);
  return new Tensor(type, new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / size) as Tensor.DataTypeMap[typeof type], shape);
}

/** Of a shape that holds nothing. */
export function emptyOrtTensor(datatype: FixedDatatype, shape: readonly number[]): Tensor {
  const { type, array: View } = FIXED[datatype];
  return new Tensor(type, new View(new ArrayBuffer(0), 0, 0) as Tensor.DataTypeMap[typeof type], shape);
}

/**
 * The raw bytes of a runtime tensor, as a view of them.
 * @throws Error when its type is none of the platform's
 */
export function fromOrtTensor(name: string, tensor: Tensor): RawTensor {
  const datatype = datatypeOf(tensor.type);
  if (datatype === null) throw new Error(`Output "${name}" is a ${tensor.type} tensor, which is not served.`);
  const shape = [...tensor.dims];
  if (datatype === 'BYTES')
    return { name, datatype, shape, data: packBytes((tensor.data as string[]).map((element) => Buffer.from(element, 'utf8'))) };
  const { buffer, byteOffset, byteLength } = tensor.data as TypedArray;
  return { name, datatype, shape, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

function text(name: string, element: Uint8Array): string {
  if (!isUtf8(element)) throw new Error(`Input "${name}" holds BYTES that are not UTF-8; the runtime takes text alone.`);
  // The runtime's binding copies C strings: what follows the zero byte would be lost without a word.
  if (element.includes(0)) throw new Error(`Input "${name}" holds BYTES with a zero byte, at which the runtime would cut them.`);
  return Buffer.from(element.buffer, element.byteOffset, element.byteLength).toString('utf8');
}
