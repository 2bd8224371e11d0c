import type { RawTensor } from '../../platform/tensor/tensor';
import { outputDifference } from './output-difference';

const floats = (...values: number[]): RawTensor[] => [{ name: 'y', datatype: 'FP32', shape: [1, values.length], data: new Uint8Array(Float32Array.from(values).buffer) }];
const whole = (...values: number[]): RawTensor[] => [{ name: 'y', datatype: 'INT32', shape: [1, values.length], data: new Uint8Array(Int32Array.from(values).buffer) }];

describe('the difference of outputs', () => {
  it('is 0 for equal bits, NaN and infinities included', () => {
    expect(outputDifference(floats(1, NaN, -Infinity), floats(1, NaN, -Infinity))).toEqual({ relative: 0, isTolerated: true });
  });

  it('tolerates what kernels round apart and no more', () => {
    expect(outputDifference(floats(1, 1e-9), floats(1.00001, 2e-9))).toMatchObject({ isTolerated: true });
    expect(outputDifference(floats(1), floats(1.001))).toMatchObject({ isTolerated: false });
  });

  it('is infinite for numbers that are none on one side, whole numbers that differ, and other shapes', () => {
    const pairs = [[floats(NaN), floats(1)], [floats(Infinity), floats(-Infinity)], [floats(1, 2), floats(1)], [whole(1), whole(2)], [floats(1), []]] as const;
    for (const [alone, batched] of pairs) expect(outputDifference(alone, batched)).toEqual({ relative: Infinity, isTolerated: false });
  });
});
