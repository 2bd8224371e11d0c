import fc from 'fast-check';
import { packBytes } from '../../platform/tensor/bytes-elements';
import type { RawTensor } from '../../platform/tensor/tensor';
import { split, stack } from './batch';

const plain = (requests: RawTensor[][]) =>
  requests.map((request) => request.map((tensor) => ({ ...tensor, data: Array.from(tensor.data) })));

const fixed = (name: string, count: number, values: number[]): RawTensor => ({
  name,
  datatype: 'INT16',
  shape: [count, 2],
  data: new Uint8Array(Int16Array.from({ length: count * 2 }, (_, index) => values[index % values.length]!).buffer),
});
const texts = (name: string, count: number, words: string[]): RawTensor => ({
  name,
  datatype: 'BYTES',
  shape: [count, 1],
  data: packBytes(Array.from({ length: count }, (_, index) => Buffer.from(words[index % words.length]!))),
});

describe('a batch', () => {
  it('comes apart as it was stacked, BYTES too', () => {
    const request = fc
      .record({
        count: fc.integer({ min: 1, max: 4 }),
        values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1 }),
        words: fc.array(fc.string(), { minLength: 1 }),
      })
      .map(({ count, values, words }) => [fixed('a', count, values), texts('b', count, words)]);
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 6 }), (requests) => {
        const counts = requests.map((inputs) => inputs[0]!.shape[0]!);
        expect(plain(split(stack(requests), counts))).toEqual(plain(requests));
      }),
    );
  });

  it('joins inputs by name, whatever their order in each request', () => {
    const [joined] = stack([
      [fixed('a', 1, [1]), fixed('b', 1, [2])],
      [fixed('b', 1, [4]), fixed('a', 1, [3])],
    ]);
    expect(joined).toMatchObject({ name: 'a', shape: [2, 2] });
    expect([...new Int16Array(new Uint8Array(joined!.data).buffer)]).toEqual([1, 1, 3, 3]);
  });

  it('cuts views out of the outputs and copies nothing', () => {
    const output = fixed('y', 3, [7]);
    const pieces = split([output], [1, 2]).flat();
    expect(pieces.map(({ data }) => [data.buffer === output.data.buffer, data.byteOffset, data.byteLength])).toEqual([
      [true, 0, 4],
      [true, 4, 8],
    ]);
  });

  it('refuses outputs that do not keep dimension 0', () => {
    expect(() => split([fixed('y', 1, [1])], [1, 1])).toThrow(expect.objectContaining({ code: 'INFERENCE_FAILED' }));
    expect(() => split([{ ...fixed('y', 1, [1]), shape: [] }], [1, 1])).toThrow(expect.objectContaining({ code: 'INFERENCE_FAILED' }));
  });
});
