import type { FixedDatatype } from './datatype';
import { fromHalf, toHalf } from './half';

/** How one element of a fixed-size datatype goes between JSON and raw bytes. */
interface ElementCodec {
  /** What a refusal says was expected. */
  readonly expected: string;
  /** False when the JSON value does not fit; nothing usable is written then. */
  write(view: DataView, offset: number, value: unknown): boolean;
  read(view: DataView, offset: number): unknown;
}

type IntegerMethod = 'Uint8' | 'Uint16' | 'Uint32' | 'Int8' | 'Int16' | 'Int32';

function integer(method: IntegerMethod): ElementCodec {
  const bits = Number(method.replace(/\D+/, ''));
  const min = method.startsWith('U') ? 0 : -(2 ** (bits - 1));
  const max = method.startsWith('U') ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  return {
    expected: `a whole number from ${min} to ${max}`,
    write(view, offset, value) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) return false;
      view[`set${method}`](offset, value, true);
      return true;
    },
    read: (view, offset) => view[`get${method}`](offset, true),
  };
}

/** JSON numbers lose digits beyond 2^53, so 64-bit integers travel as strings. */
function longInteger(method: 'BigInt64' | 'BigUint64'): ElementCodec {
  const min = method === 'BigInt64' ? -(2n ** 63n) : 0n;
  const max = method === 'BigInt64' ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  return {
    expected: `a string of a whole number from ${min} to ${max}, or a number within ±(2^53 − 1)`,
    write(view, offset, value) {
      const parsed = parseLong(value);
      if (parsed === null || parsed < min || parsed > max) return false;
      view[`set${method}`](offset, parsed, true);
      return true;
    },
    read: (view, offset) => view[`get${method}`](offset, true).toString(),
  };
}

function parseLong(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

const NON_FINITE: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

interface FloatCodec {
  /** Magnitudes from here on would round to infinity, which a finite number may not do silently. */
  overflowAt: number;
  set(view: DataView, offset: number, value: number): void;
  get(view: DataView, offset: number): number;
}

function float({ overflowAt, set, get }: FloatCodec): ElementCodec {
  return {
    expected: `a number of magnitude below ${overflowAt}, or "NaN", "Infinity", "-Infinity"`,
    write(view, offset, value) {
      if (typeof value === 'string' && Object.hasOwn(NON_FINITE, value)) {
        set(view, offset, NON_FINITE[value]!);
        return true;
      }
      if (typeof value !== 'number' || !(Math.abs(value) < overflowAt)) return false;
      set(view, offset, value);
      return true;
    },
    read(view, offset) {
      const value = get(view, offset);
      return Number.isFinite(value) ? value : String(value);
    },
  };
}

export const ELEMENT_CODECS: Readonly<Record<FixedDatatype, ElementCodec>> = {
  BOOL: {
    expected: 'true or false',
    write(view, offset, value) {
      if (typeof value !== 'boolean') return false;
      view.setUint8(offset, value ? 1 : 0);
      return true;
    },
    read: (view, offset) => view.getUint8(offset) !== 0,
  },
  UINT8: integer('Uint8'),
  UINT16: integer('Uint16'),
  UINT32: integer('Uint32'),
  UINT64: longInteger('BigUint64'),
  INT8: integer('Int8'),
  INT16: integer('Int16'),
  INT32: integer('Int32'),
  INT64: longInteger('BigInt64'),
  FP16: float({
    overflowAt: 65_520,
    set: (view, offset, value) => view.setUint16(offset, toHalf(value), true),
    get: (view, offset) => fromHalf(view.getUint16(offset, true)),
  }),
  // 2^128 − 2^103: half a step above the largest float32.
  FP32: float({
    overflowAt: 2 ** 128 - 2 ** 103,
    set: (view, offset, value) => view.setFloat32(offset, value, true),
    get: (view, offset) => view.getFloat32(offset, true),
  }),
  FP64: float({
    overflowAt: Infinity,
    set: (view, offset, value) => view.setFloat64(offset, value, true),
    get: (view, offset) => view.getFloat64(offset, true),
  }),
};
