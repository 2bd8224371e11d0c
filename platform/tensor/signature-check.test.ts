import { checkInputs, checkOutputs } from './signature-check';
import type { Signature, TensorHeader, TensorSpec } from './tensor';

const fixed = (size: number) => ({ size, name: null });
const symbolic = (name: string) => ({ size: null, name });
const spec = (name: string, ...shape: TensorSpec['shape']): TensorSpec => ({ name, datatype: 'FP32', shape });
const tensor = (name: string, ...shape: number[]): TensorHeader => ({ name, datatype: 'FP32', shape });
const signature: Signature = {
  inputs: [spec('image', symbolic('batch'), fixed(3)), spec('mask', symbolic('batch'), symbolic(''))],
  outputs: [spec('probs', symbolic('batch'))],
};
const refusal = (...tensors: TensorHeader[]): unknown => {
  try {
    checkInputs(signature, tensors);
    return 'accepted';
  } catch (error) {
    return error;
  }
};

describe('the signature check', () => {
  it('accepts any size for a symbolic dimension, 0 too', () => {
    expect(refusal(tensor('image', 4, 3), tensor('mask', 4, 9))).toBe('accepted');
    expect(refusal(tensor('mask', 0, 0), tensor('image', 0, 3))).toBe('accepted');
  });

  it('refuses a missing input and names what the model takes', () => {
    expect(refusal(tensor('image', 1, 3))).toMatchObject({
      code: 'INPUT_MISSING',
      message: 'Input "mask" is missing; the model takes "image" FP32[batch, 3], "mask" FP32[batch, ?].',
    });
  });

  it('refuses an unknown input, and one that comes twice', () => {
    expect(refusal(tensor('image', 1, 3), tensor('mask', 1, 1), tensor('extra', 1))).toMatchObject({
      code: 'INPUT_UNKNOWN',
      message: expect.stringContaining('"extra"'),
    });
    expect(refusal(tensor('image', 1, 3), tensor('image', 1, 3))).toMatchObject({ code: 'INPUT_UNKNOWN' });
  });

  it('refuses another datatype', () => {
    expect(refusal({ ...tensor('image', 1, 3), datatype: 'FP16' }, tensor('mask', 1, 1))).toMatchObject({
      code: 'DATATYPE_MISMATCH',
      message: 'Input "image" was expected as FP32; FP16 came.',
    });
  });

  it('refuses a tensor whose rank differs from the signature', () => {
    expect(refusal(tensor('image', 3), tensor('mask', 1, 1))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'Input "image" was expected with shape [batch, 3]; [3] came, of rank 1 and not 2.',
    });
  });

  it('refuses another fixed dimension', () => {
    expect(refusal(tensor('image', 1, 4), tensor('mask', 1, 1))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'Input "image" was expected with shape [batch, 3]; [1, 4] came; dimension 1 must be 3.',
    });
  });

  it('refuses two sizes for one name within an item', () => {
    expect(refusal(tensor('image', 2, 3), tensor('mask', 1, 1))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('"batch" must be 2, as in input "image"'),
    });
  });

  it('takes any rank where the model states none', () => {
    const unranked: Signature = { inputs: [{ ...spec('x'), isUnranked: true }], outputs: [] };
    expect(() => checkInputs(unranked, [tensor('x', 1, 2, 3)])).not.toThrow();
  });

  it('refuses an output the model does not give', () => {
    expect(() => checkOutputs(signature, ['probs'])).not.toThrow();
    expect(() => checkOutputs(signature, null)).not.toThrow();
    expect(() => checkOutputs(signature, ['scores'])).toThrow(expect.objectContaining({ code: 'OUTPUT_UNKNOWN' }));
  });
});
