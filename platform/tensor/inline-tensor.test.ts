import fc from 'fast-check';
import type { Datatype, FixedDatatype } from './datatype';
import { ELEMENT_BYTES } from './datatype';
import { fromHalf, toHalf } from './half';
import { decodeTensor, encodeBase64, encodeJson, type InlineTensor } from './inline-tensor';
import { unpackBytes } from './bytes-elements';

const tensor = (overrides: Partial<InlineTensor>): InlineTensor => ({ name: 'x', datatype: 'FP32', shape: [2, 3], ...overrides });
const code = (input: InlineTensor): string => {
  try {
    decodeTensor(input);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const values: Record<Datatype, fc.Arbitrary<unknown>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 255 }),
  UINT16: fc.integer({ min: 0, max: 65_535 }),
  UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT16: fc.integer({ min: -32_768, max: 32_767 }),
  INT32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  FP16: fc.integer({ min: 0, max: 65_535 }).map(fromHalf).map(jsonNumber),
  FP32: fc.float().map(jsonNumber),
  FP64: fc.double().map(jsonNumber),
  BYTES: fc.string({ unit: 'binary' }),
};

function jsonNumber(value: number): unknown {
  return Number.isFinite(value) ? value : String(value);
}

describe('a JSON tensor', () => {
  it.each(Object.keys(values) as Datatype[])('comes back as it went in: %s', (datatype) => {
    fc.assert(
      fc.property(fc.array(values[datatype], { maxLength: 40 }), (json) => {
        const decoded = decodeTensor(tensor({ datatype, shape: [json.length], json }));
        expect(encodeJson(decoded)).toEqual(json);
        expect(decodeTensor(tensor({ datatype, shape: [json.length], base64: encodeBase64(decoded) })).data).toEqual(decoded.data);
      }),
    );
  });

  it('means the same nested and flat', () => {
    const flat = decodeTensor(tensor({ json: [1, 2, 3, 4, 5, 6] }));
    expect(
      decodeTensor(
        tensor({
          json: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        }),
      ),
    ).toEqual(flat);
    expect([...new Float32Array(new Uint8Array(flat.data).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('may be a bare value when it is a scalar, and empty when a dimension is 0', () => {
    expect(encodeJson(decodeTensor(tensor({ datatype: 'INT64', shape: [], json: '7' })))).toEqual(['7']);
    expect(decodeTensor(tensor({ shape: [0, 3], json: [] })).data.byteLength).toBe(0);
    expect(decodeTensor(tensor({ shape: [2, 0], json: [[], []] })).data.byteLength).toBe(0);
  });

  it('is refused with ELEMENT_COUNT_MISMATCH when it holds more or fewer elements than its shape', () => {
    expect(code(tensor({ json: [1, 2, 3, 4, 5] }))).toBe('ELEMENT_COUNT_MISMATCH');
    expect(
      code(
        tensor({
          json: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        }),
      ),
    ).toBe('ELEMENT_COUNT_MISMATCH');
    expect(
      code(
        tensor({
          json: [
            [1, 2, 3],
            [4, 5],
          ],
        }),
      ),
    ).toBe('ELEMENT_COUNT_MISMATCH');
  });

  it.each<[string, Partial<InlineTensor>]>([
    ['a number above the range', { datatype: 'UINT8', shape: [1], json: [256] }],
    ['a negative unsigned number', { datatype: 'UINT32', shape: [1], json: [-1] }],
    ['a fraction as integer', { datatype: 'INT32', shape: [1], json: [1.5] }],
    ['a number above 2^53 as INT64', { datatype: 'INT64', shape: [1], json: [2 ** 53] }],
    ['2^63 as INT64', { datatype: 'INT64', shape: [1], json: ['9223372036854775808'] }],
    ['a string that is no number as INT64', { datatype: 'INT64', shape: [1], json: ['0x10'] }],
    ['a float that would become infinite', { datatype: 'FP32', shape: [1], json: [1e39] }],
    ['a half that would become infinite', { datatype: 'FP16', shape: [1], json: [65_520] }],
    ['NaN for an integer', { datatype: 'INT8', shape: [1], json: ['NaN'] }],
    ['a null', { datatype: 'FP64', shape: [1], json: [null] }],
    ['a number as BOOL', { datatype: 'BOOL', shape: [1], json: [1] }],
    ['a number as BYTES', { datatype: 'BYTES', shape: [1], json: [1] }],
    ['half a surrogate pair', { datatype: 'BYTES', shape: [1], json: ['\ud800'] }],
    ['nesting deeper than the rank', { shape: [1], json: [[1]] }],
    ['arrays mixed with values', { shape: [2, 1], json: [[1], 2] }],
    ['an object', { shape: [1], json: { 0: 1 } }],
    ['json and base64 together', { shape: [1], json: [1], base64: 'AACAPw==' }],
    ['neither json nor base64', { shape: [1] }],
    ['a negative dimension', { shape: [-1], json: [1] }],
    ['a shape whose product overflows behind a 0', { shape: [0, 2 ** 31, 2 ** 31], json: [] }],
    ['base64 with foreign characters', { shape: [1], base64: 'AACA*w==' }],
    ['base64 without padding', { shape: [1], base64: 'AACAPw' }],
    ['a BOOL byte that is neither 0 nor 1', { datatype: 'BOOL', shape: [1], base64: 'Ag==' }],
    ['BYTES that end inside an element', { datatype: 'BYTES', shape: [1], base64: Buffer.from([9, 0, 0, 0, 65]).toString('base64') }],
  ])('is refused with TENSOR_INVALID: %s', (_case, overrides) => {
    expect(code(tensor(overrides))).toBe('TENSOR_INVALID');
  });

  it('takes 64 KiB inline and refuses a byte more with TENSOR_TOO_LARGE', () => {
    const bytes = (length: number) => ({ datatype: 'UINT8' as const, shape: [length] });
    expect(code(tensor({ ...bytes(65_536), base64: Buffer.alloc(65_536).toString('base64') }))).toBe('accepted');
    expect(code(tensor({ ...bytes(65_537), base64: Buffer.alloc(65_537).toString('base64') }))).toBe('TENSOR_TOO_LARGE');
    expect(code(tensor({ ...bytes(65_537), json: new Array(65_537).fill(0) }))).toBe('TENSOR_TOO_LARGE');
    expect(code(tensor({ datatype: 'BYTES', shape: [1], json: ['x'.repeat(65_533)] }))).toBe('TENSOR_TOO_LARGE');
    expect(code(tensor({ datatype: 'FP64', shape: [1_000_000, 1_000_000], json: [] }))).toBe('TENSOR_TOO_LARGE');
  });

  it('refuses raw bytes of another length than shape and datatype promise', () => {
    for (const datatype of Object.keys(ELEMENT_BYTES) as FixedDatatype[]) {
      const base64 = Buffer.alloc(ELEMENT_BYTES[datatype] * 6 + 1).toString('base64');
      expect(code(tensor({ datatype, base64 }))).toBe('ELEMENT_COUNT_MISMATCH');
    }
    expect(code(tensor({ datatype: 'BYTES', shape: [2], base64: Buffer.from([1, 0, 0, 0, 65]).toString('base64') }))).toBe(
      'ELEMENT_COUNT_MISMATCH',
    );
  });

  it('passes NaN and infinity through raw bytes and names them in JSON', () => {
    const data = Buffer.alloc(12);
    [NaN, Infinity, -Infinity].forEach((value, index) => data.writeFloatLE(value, index * 4));
    expect(encodeJson(decodeTensor(tensor({ shape: [3], base64: data.toString('base64') })))).toEqual(['NaN', 'Infinity', '-Infinity']);
  });

  it('has no JSON when BYTES are not UTF-8', () => {
    expect(encodeJson({ name: 'x', datatype: 'BYTES', shape: [1], data: Buffer.from([1, 0, 0, 0, 0xff]) })).toBeNull();
  });

  it('keeps BYTES elements apart, empty ones too', () => {
    const { data } = decodeTensor(tensor({ datatype: 'BYTES', shape: [3], json: ['', 'né', 'x'] }));
    expect(unpackBytes({ name: 'x', data }).map((element) => Buffer.from(element).toString())).toEqual(['', 'né', 'x']);
  });
});

describe('FP16', () => {
  it('keeps every half through double and back', () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const back = toHalf(fromHalf(bits));
      expect(Number.isNaN(fromHalf(bits)) ? Number.isNaN(fromHalf(back)) : back === bits).toBe(true);
    }
  });

  it('rounds to the nearest half, ties to the even one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), (bits) => {
        const [low, high] = [fromHalf(bits), fromHalf(bits + 1)];
        const middle = (low + high) / 2;
        expect(toHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
        expect(toHalf(middle - (high - low) / 1_000)).toBe(bits);
        expect(toHalf(middle + (high - low) / 1_000)).toBe(bits + 1);
      }),
    );
    expect(toHalf(65_519.99)).toBe(0x7bff);
    expect(toHalf(65_520)).toBe(0x7c00);
    expect(toHalf(-0)).toBe(0x8000);
  });

  it('rounds once, where a detour through float32 would round twice', () => {
    // Just above a tie: float32 would fall onto the tie and then go down to even.
    expect(toHalf(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
    expect(toHalf(Math.fround(1 + 2 ** -11 + 2 ** -40))).toBe(0x3c00);
  });
});
