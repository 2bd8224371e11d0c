import type { Dimension, Signature } from '../../platform/tensor/tensor';
import { revisionSettings } from './revision.settings';
import type { PaddingSettings } from './worker.contract';

const free = (name: string): Dimension => ({ size: null, name });
const signature: Signature = {
  inputs: [
    { name: 'ids', datatype: 'INT64', shape: [free('batch'), free('length')] },
    { name: 'mask', datatype: 'BOOL', shape: [free('batch'), free('length')] },
    { name: 'image', datatype: 'FP32', shape: [free('batch'), free('side'), free('side')] },
    { name: 'word', datatype: 'BYTES', shape: [free('batch'), free('length')] },
  ],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [free('batch'), free('length')] }],
};
const turned: Signature = { inputs: [{ name: 'x', datatype: 'FP32', shape: [{ size: 2, name: null }, free('batch')] }], outputs: [{ name: 'y', datatype: 'FP32', shape: [free('batch')] }] };

const pad = (overrides: Partial<PaddingSettings> = {}): PaddingSettings => ({ dimension: 'length', buckets: [], mask: null, values: [], ...overrides });
const settingsOf = (wish: object, of = signature) => revisionSettings(wish, { sizeBytes: 1, signature: of });

describe('how items lie in a batch', () => {
  it('is what the signature allows', () => {
    const padding = [pad({ buckets: [8, 64], mask: 'mask', values: [{ input: 'ids', value: -1 }] })];
    expect(settingsOf({ padding })).toMatchObject({ padding, batchDimension: null });
    expect(settingsOf({ batchDimension: 'batch', maxBatchSize: 8 }, turned)).toMatchObject({ batchDimension: 'batch', maxBatchSize: 8 });
  });

  it.each<[string, PaddingSettings[]]>([
    ['a dimension that no input has', [pad({ dimension: 'width' })]],
    ['a dimension without a name', [pad({ dimension: '' })]],
    ['the dimension along which items are joined', [pad({ dimension: 'batch' })]],
    ['a dimension that a tensor has twice', [pad({ dimension: 'side' })]],
    ['a dimension twice', [pad(), pad()]],
    ['nine dimensions', Array.from({ length: 9 }, (_, index) => pad({ dimension: `d${index}` }))],
    ['buckets that do not ascend', [pad({ buckets: [8, 8] })]],
    ['a bucket of nothing', [pad({ buckets: [0] })]],
    ['half a bucket', [pad({ buckets: [1.5] })]],
    ['a bucket beyond all memory', [pad({ buckets: [2 ** 21] })]],
    ['65 buckets', [pad({ buckets: Array.from({ length: 65 }, (_, index) => index + 1) })]],
    ['a mask that is no input', [pad({ mask: 'y' })]],
    ['a mask without the dimension', [pad({ mask: 'image' })]],
    ['a mask of text', [pad({ mask: 'word' })]],
    ['a value for an input without the dimension', [pad({ values: [{ input: 'image', value: 0 }] })]],
    ['a value for the mask', [pad({ mask: 'mask', values: [{ input: 'mask', value: 1 }] })]],
    ['two values for one input', [pad({ values: [{ input: 'ids', value: 0 }, { input: 'ids', value: 1 }] })]],
    ['half of a whole number', [pad({ values: [{ input: 'ids', value: 0.5 }] })]],
    ['two for a truth', [pad({ values: [{ input: 'mask', value: 2 }] })]],
    ['no number', [pad({ values: [{ input: 'ids', value: NaN }] })]],
    ['a number for text', [pad({ values: [{ input: 'word', value: 0 }] })]],
  ])('refuses %s', (_, padding) => {
    expect(() => settingsOf({ padding })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/^batching.padding: /) as string }));
  });

  it('refuses a batch dimension that a tensor has not, or has twice', () => {
    for (const batchDimension of ['length', 'side', 'rows']) expect(() => settingsOf({ batchDimension })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    expect(() => settingsOf({ maxBatchSize: 2 }, turned)).toThrow(/dynamic dimension 0/);
  });
});
