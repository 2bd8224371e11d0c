import { decoderSignature, type DecoderOptions } from '../../test/support/decoder-models';
import type { Dimension, Signature, TensorSpec } from '../tensor/tensor';
import { cacheShape, checkTokens, readDecoder } from './decoder';

const free: Dimension = { size: null, name: 'n' };
const fixed = (size: number): Dimension => ({ size, name: null });

/** The signature of a sound decoder with one of its tensors changed; null: without it. */
function changed(name: string, change: Partial<TensorSpec> | null, options: DecoderOptions = {}): Signature {
  const { inputs, outputs } = decoderSignature(options);
  const each = (specs: TensorSpec[]): TensorSpec[] => specs.flatMap((spec) => (spec.name !== name ? spec : change ? { ...spec, ...change } : []));
  return { inputs: each(inputs), outputs: each(outputs) };
}

describe('a decoder', () => {
  it('is read from its names, with a cache and without', () => {
    expect(readDecoder(decoderSignature({ ballast: 2 }))).toEqual({
      inputIds: 'INT64', attentionMask: 'INT64', positionIds: 'INT64', hasCacheBranch: false, countsLogits: false, vocabularySize: 32,
      caches: ['key', 'value'].map((half) => ({ past: `past_key_values.0.${half}`, present: `present.0.${half}`, datatype: 'FP32', shape: [1, 1, -1, 3] })),
    });
    expect(readDecoder(decoderSignature({ isCached: false })).caches).toEqual([]);
    expect(readDecoder(decoderSignature({ hasBranch: true })).hasCacheBranch).toBe(true);
    expect(readDecoder(changed('position_ids', null)).positionIds).toBeNull();
    const [slot] = readDecoder(decoderSignature()).caches;
    expect(cacheShape(slot!, 7)).toEqual([1, 1, 7, 1]);
  });

  it.each<[string, Signature]>([
    ['nothing', { inputs: [], outputs: [] }], ['no input_ids', changed('input_ids', null)], ['no logits', changed('logits', null)],
    ['an input of another kind', changed('attention_mask', { name: 'encoder_hidden_states' })], ['__proto__ for an input', changed('attention_mask', { name: '__proto__' })],
    ['input_ids of floats', changed('input_ids', { datatype: 'FP32' })], ['input_ids of rank 1', changed('input_ids', { shape: [free] })], ['input_ids of no rank', changed('input_ids', { shape: [], isUnranked: true })],
    ['sequences of one length', changed('input_ids', { shape: [free, fixed(128)] })], ['two sequences at a time', changed('input_ids', { shape: [fixed(2), free] })],
    ['logits of rank 2', changed('logits', { shape: [free, fixed(32)] })], ['logits of whole numbers', changed('logits', { datatype: 'INT64' })],
    ['a cache that it takes and does not give', changed('present.0.value', null)], ['a cache of two lengths', changed('past_key_values.0.key', { shape: [free, free, free, fixed(1)] })],
    ['a cache of one length', changed('past_key_values.0.key', { shape: [free, fixed(1), fixed(8), fixed(1)] })], ['a cache of whole numbers', changed('past_key_values.0.key', { datatype: 'INT8' })],
    ['a cache of another datatype than it gives', changed('present.0.key', { datatype: 'FP16' })], ['a cache of rank 3', changed('past_key_values.0.key', { shape: [free, free, fixed(1)] })],
    ['a cache of four sequences', changed('past_key_values.0.key', { shape: [fixed(4), fixed(1), free, fixed(1)] })],
    ['a branch of floats', changed('use_cache_branch', { datatype: 'FP32' }, { hasBranch: true })],
  ])('is not one with %s', (_title, signature) => {
    expect(() => readDecoder(signature)).toThrow(expect.objectContaining({ code: 'GENERATION_UNSUPPORTED' }));
  });
});

describe('tokens', () => {
  it.each<[string, number[]]>([['none', []], ['a negative one', [1, -1]], ['one beyond the vocabulary', [31, 32]], ['half a one', [0.5]], ['NaN', [NaN]], ['2^53', [2 ** 53]]])('are refused with %s', (_title, tokens) => {
    expect(() => checkTokens({ vocabularySize: 32 }, tokens)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('are the runtime\'s to judge where the model does not say its vocabulary, up to what 32 bits hold', () => {
    expect(() => checkTokens({ vocabularySize: null }, [0, 2 ** 31 - 1])).not.toThrow();
    expect(() => checkTokens({ vocabularySize: null }, [2 ** 31])).toThrow(/0 to 2147483647/);
  });
});
