import fc from 'fast-check';
import { packBytes, unpackBytes } from '../../platform/tensor/bytes-elements';
import { DATATYPES, ELEMENT_BYTES, type Datatype } from '../../platform/tensor/datatype';
import type { Dimension, RawTensor, Signature } from '../../platform/tensor/tensor';
import type { PaddingSettings } from '../../subgraphs/deployment/worker.contract';
import { layoutOf } from './batch-layout';

const plain = (requests: RawTensor[][]) => requests.map((request) => request.map((tensor) => ({ ...tensor, data: Array.from(tensor.data) })));
const free = (name: string): Dimension => ({ size: null, name });
const fix = (size: number): Dimension => ({ size, name: null });
const int32 = (name: string, shape: number[], values: number[]): RawTensor => ({ name, datatype: 'INT32', shape, data: new Uint8Array(Int32Array.from(values).buffer) });
const valuesOf = ({ data }: RawTensor): number[] => [...new Int32Array(Uint8Array.from(data).buffer)];
const pad = (overrides: Partial<PaddingSettings> = {}): PaddingSettings => ({ dimension: 'length', buckets: [], mask: null, values: [], ...overrides });

/** A model that gives what it takes, of this shape. */
const echo = (shape: Dimension[], datatype: Datatype = 'INT32'): Signature => ({ inputs: [{ name: 'x', datatype, shape }], outputs: [{ name: 'x', datatype, shape }] });

/** Any batch axis, any padded axes, any datatype. */
const anyCase = fc.record({
  datatype: fc.constantFrom(...DATATYPES),
  sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(),
  buckets: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }).map((buckets) => buckets.sort((one, other) => one - other)),
}).chain(({ sizes, ...rest }) => fc.record({
  kinds: fc.array(fc.constantFrom('fixed', 'padded'), { minLength: sizes.length, maxLength: sizes.length }),
  batch: fc.nat(sizes.length - 1),
  items: fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: sizes.length, maxLength: sizes.length }), { minLength: 1, maxLength: 5 }),
}).map((drawn) => ({ sizes, ...rest, ...drawn })));

function anyTensor(datatype: Datatype, shape: number[], seed: number): RawTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const byte = (index: number): number => (seed * 31 + index * 7) % 256;
  if (datatype === 'BYTES') return { name: 'x', datatype, shape, data: packBytes(Array.from({ length: count }, (_, index) => Buffer.from(`${byte(index)}`.repeat(index % 3)))) };
  return { name: 'x', datatype, shape, data: Uint8Array.from({ length: count * ELEMENT_BYTES[datatype] }, (_, index) => byte(index)) };
}

describe('a batch', () => {
  it('comes apart as it was stacked, whatever its datatype, its batch dimension and the lengths of its items', () => {
    fc.assert(fc.property(anyCase, ({ datatype, sizes, kinds, batch, items, seed, buckets }) => {
      const shape = sizes.map((size, axis) => (axis === batch ? free('batch') : kinds[axis] === 'padded' ? free(`length${axis}`) : fix(size)));
      const padding = [...shape.keys()].filter((axis) => axis !== batch && kinds[axis] === 'padded').map((axis) => pad({ dimension: `length${axis}`, buckets }));
      const layout = layoutOf({ signature: echo(shape, datatype), batchDimension: 'batch', padding });
      const requests = items.map((lengths, index) => [anyTensor(datatype, sizes.map((size, axis) => (shape[axis]!.size === null ? lengths[axis]! : size)), seed + index)]);
      const extents = requests.map((request) => layout.extentOf(request)!);
      expect(plain(layout.split(layout.stack(requests), extents))).toEqual(plain(requests));
    }), { numRuns: 300 });
  });

  it('joins inputs by name, whatever their order in each request', () => {
    const [joined] = layoutOf({ signature: echo([free('n')]) }).stack([[int32('x', [1], [1]), int32('z', [1], [2])], [int32('z', [1], [4]), int32('x', [1], [3])]]);
    expect(valuesOf(joined!)).toEqual([1, 3]);
  });

  it('cuts views out of outputs whose batch dimension is the first, and copies nothing', () => {
    const layout = layoutOf({ signature: echo([free('n'), fix(2)]) });
    const output = int32('x', [3, 2], [1, 2, 3, 4, 5, 6]);
    const pieces = layout.split([output], [{ rows: 1, lengths: [] }, { rows: 2, lengths: [] }]).flat();
    expect(pieces.map(({ data }) => [data.buffer === output.data.buffer, data.byteOffset, data.byteLength])).toEqual([[true, 0, 8], [true, 8, 16]]);
  });

  it('refuses outputs that do not keep the batch dimension, or the padded one', () => {
    const layout = layoutOf({ signature: echo([free('n'), free('length')]), padding: [pad()] });
    const extents = [{ rows: 1, lengths: [2] }, { rows: 1, lengths: [3] }];
    for (const shape of [[1, 3], [2, 2], []]) {
      expect(() => layout.split([int32('x', shape, [0, 0, 0, 0])], extents)).toThrow(expect.objectContaining({ code: 'INFERENCE_FAILED' }));
    }
  });
});

describe('padding', () => {
  const signature: Signature = {
    inputs: ['ids', 'mask'].map((name) => ({ name, datatype: 'INT32' as const, shape: [free('batch'), free('length')] })),
    outputs: [{ name: 'y', datatype: 'INT32', shape: [free('batch'), free('length')] }, { name: 'pooled', datatype: 'INT32', shape: [free('batch'), fix(2)] }],
  };
  const item = (...ids: number[]): RawTensor[] => [int32('ids', [1, ids.length], ids), int32('mask', [1, ids.length], ids.map(() => 1))];

  it('fills inputs with their values and the mask with 0, up to the longest of the batch', () => {
    const layout = layoutOf({ signature, padding: [pad({ mask: 'mask', values: [{ input: 'ids', value: 9 }] })] });
    const [ids, mask] = layout.stack([item(1), item(2, 3, 4)]);
    expect([ids!.shape, valuesOf(ids!), valuesOf(mask!)]).toEqual([[2, 3], [1, 9, 9, 2, 3, 4], [1, 0, 0, 1, 1, 1]]);
  });

  it('goes to the bucket that the items fit, and beyond the last to their own length', () => {
    const layout = layoutOf({ signature, padding: [pad({ buckets: [2, 4] })] });
    expect(layout.stack([item(1, 2, 3), item(1, 2, 3)])[0]!.shape).toEqual([2, 4]);
    expect(layout.stack([item(1, 2, 3, 4, 5), item(1, 2, 3, 4, 5)])[0]!.shape).toEqual([2, 5]);
  });

  it('lets items share a batch when they fit the same bucket, or any without buckets', () => {
    const keys = (buckets: number[], ...lengths: number[]) => new Set(lengths.map((length) => layoutOf({ signature, padding: [pad({ buckets })] }).keyOf(item(...new Array<number>(length).fill(1)), null))).size;
    expect([keys([2, 4], 1, 2), keys([2, 4], 2, 3), keys([2, 4], 3, 4), keys([2, 4], 5, 6), keys([], 1, 7)]).toEqual([1, 2, 1, 2, 1]);
  });

  it('cuts outputs that have the dimension, and leaves others whole', () => {
    const layout = layoutOf({ signature, padding: [pad()] });
    const pieces = layout.split([int32('y', [2, 3], [1, 0, 0, 2, 3, 4]), int32('pooled', [2, 2], [5, 6, 7, 8])], [item(1), item(2, 3, 4)].map((each) => layout.extentOf(each)!));
    expect(pieces.map((outputs) => outputs.map((output) => [output.shape, valuesOf(output)]))).toEqual([[[[1, 1], [1]], [[1, 2], [5, 6]]], [[[1, 3], [2, 3, 4]], [[1, 2], [7, 8]]]]);
  });

  it('keeps an item alone whose inputs disagree about the length, or have none', () => {
    const layout = layoutOf({ signature, padding: [pad()] });
    expect(layout.extentOf([int32('ids', [1, 2], [1, 2]), int32('mask', [1, 3], [1, 1, 1])])).toBeNull();
    expect(layout.extentOf([int32('ids', [1, 0], []), int32('mask', [1, 0], [])])).toBeNull();
    expect(layout.extentOf(item(1, 2))).toEqual({ rows: 1, lengths: [2] });
  });

  it('fills text with empty elements', () => {
    const layout = layoutOf({ signature: echo([free('batch'), free('length')], 'BYTES'), padding: [pad()] });
    const texts = (...words: string[]): RawTensor[] => [{ name: 'x', datatype: 'BYTES', shape: [1, words.length], data: packBytes(words.map((word) => Buffer.from(word))) }];
    expect(unpackBytes(layout.stack([texts('a'), texts('b', 'cd')])[0]!).map((element) => Buffer.from(element).toString())).toEqual(['a', '', 'b', 'cd']);
  });
});
