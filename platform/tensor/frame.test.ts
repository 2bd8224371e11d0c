import fc from 'fast-check';
import { DATATYPES } from './datatype';
import { packFrame, unpackFrame, type FrameItem } from './frame';

const header = { name: fc.string(), datatype: fc.constantFrom(...DATATYPES), shape: fc.array(fc.nat(), { maxLength: 4 }) };
const inline = fc.record({ ...header, data: fc.uint8Array({ maxLength: 40 }) });
const blob = fc.record({ ...header, blob: fc.uuid() });
const failure = fc.record({
  error: fc.record({
    code: fc.constantFrom('INFERENCE_FAILED' as const, 'INFERENCE_TIMEOUT' as const),
    message: fc.string({ unit: 'grapheme' }),
  }),
});
const items: fc.Arbitrary<FrameItem[]> = fc.array(fc.oneof(fc.array(fc.oneof(inline, blob), { maxLength: 3 }), failure), { maxLength: 5 });

/** Buffers and plain Uint8Arrays with the same bytes are the same tensor. */
const plain = (frame: FrameItem[]) =>
  frame.map((item) =>
    Array.isArray(item) ? item.map((tensor) => ('data' in tensor ? { ...tensor, data: Array.from(tensor.data) } : tensor)) : item,
  );

const makeFrame = () =>
  packFrame([
    [
      { name: 'x', datatype: 'FP32', shape: [1], data: new Uint8Array(4).fill(7) },
      { name: 'y', datatype: 'BOOL', shape: [3], data: new Uint8Array(3) },
    ],
    { error: { code: 'INFERENCE_FAILED', message: 'no' } },
  ]);

describe('a frame', () => {
  it('comes back as it was packed', () => {
    fc.assert(
      fc.property(items, (list) => {
        expect(plain(unpackFrame(packFrame(list)))).toEqual(plain(list));
      }),
    );
  });

  it('gives views of its own bytes at multiples of 8, and copies nothing', () => {
    const frame = makeFrame();
    const tensors = unpackFrame(frame)
      .flat()
      .flatMap((tensor) => ('data' in tensor ? [tensor.data] : []));
    expect(tensors).toHaveLength(2);
    for (const data of tensors) {
      expect(data.buffer).toBe(frame.buffer);
      expect((data.byteOffset - frame.byteOffset) % 8).toBe(0);
    }
  });

  it('is refused with TENSOR_INVALID at every length but its own', () => {
    const frame = makeFrame();
    for (let length = 0; length < frame.length; length++) {
      expect(() => unpackFrame(frame.subarray(0, length))).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }));
    }
    expect(() => unpackFrame(Buffer.concat([frame, Buffer.alloc(8)]))).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }));
  });

  it('never throws anything but TENSOR_INVALID on changed bytes', () => {
    const frame = makeFrame();
    fc.assert(
      fc.property(fc.nat({ max: frame.length - 1 }), fc.nat({ max: 255 }), (position, byte) => {
        const changed = Buffer.from(frame);
        changed[position] = byte;
        try {
          unpackFrame(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'TENSOR_INVALID' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
