import type { FixedDatatype } from '../../platform/tensor/datatype';
import { toHalf } from '../../platform/tensor/half';

/** The bytes of one element of that value, little-endian; of whole numbers the nearest that the datatype holds. */
export function padElement(datatype: FixedDatatype, value: number): Uint8Array {
  switch (datatype) {
    case 'FP16': return bytesOf(Uint16Array.of(toHalf(value)));
    case 'FP32': return bytesOf(Float32Array.of(value));
    case 'FP64': return bytesOf(Float64Array.of(value));
    case 'INT64': return bytesOf(BigInt64Array.of(BigInt(Math.round(value))));
    case 'UINT64': return bytesOf(BigUint64Array.of(BigInt(Math.round(value))));
    case 'INT32': return bytesOf(Int32Array.of(Math.round(value)));
    case 'UINT32': return bytesOf(Uint32Array.of(Math.round(value)));
    case 'INT16': return bytesOf(Int16Array.of(Math.round(value)));
    case 'UINT16': return bytesOf(Uint16Array.of(Math.round(value)));
    case 'INT8': return bytesOf(Int8Array.of(Math.round(value)));
    case 'UINT8': return bytesOf(Uint8Array.of(Math.round(value)));
    case 'BOOL': return Uint8Array.of(value === 0 ? 0 : 1);
    default: return datatype satisfies never;
  }
}

function bytesOf({ buffer }: { buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(buffer);
}
