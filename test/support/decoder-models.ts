import { onnx } from 'onnx-proto';
import type { Signature, TensorSpec } from '../../platform/tensor/tensor';
import { floats, makeModel, node, valueInfo } from './onnx';

const { INT, GRAPH } = onnx.AttributeProto.AttributeType;
const [FLOAT, INT64] = [1, 7];

export interface DecoderOptions {
  vocabulary?: number;
  /** False: it has no cache, and sees the whole sequence each time. */
  isCached?: boolean;
  /** It is told whether there is a cache; a lie shows in the token. */
  hasBranch?: boolean;
  /** From so many tokens on a step never ends. */
  stallsAt?: number;
  /** From so many tokens on its logits are NaN. */
  breaksAt?: number;
  /** Gives a cache of the new tokens alone. */
  isForgetful?: boolean;
  /** Floats that each token's cache holds beside what counts, in each half. */
  ballast?: number;
  /** The name of an input more, that no decoder has. */
  extraInput?: string;
}

/** The token that follows in every such model: a sum over all tokens and all positions, so that one that is lost or counted twice shows. */
export function tokenAfter(tokens: readonly number[], vocabulary = 32): number {
  return tokens.reduce((sum, token, position) => sum + 3 * token + position, 0) % vocabulary;
}

/** What follows the prompt, greedily. */
export function tokensAfter(prompt: readonly number[], count: number, vocabulary = 32): number[] {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + count) tokens.push(tokenAfter(tokens, vocabulary));
  return tokens.slice(prompt.length);
}

/** A decoder with the names that Hugging Face exports: its cache holds the tokens and their positions, and its logits are -(distance from the token that follows)². */
export function decoderModel(options: DecoderOptions = {}): Buffer {
  const { vocabulary = 32, isCached = true, hasBranch = false, ballast = 0, extraInput } = options;
  const width = 1 + ballast;
  const sequence = (name: string, length = 'sequence') => valueInfo(name, 'INT64', ['batch', length]);
  const cache = (name: string) => valueInfo(name, 'FP32', ['batch', 1, `${name} length`, width]);
  const halves = ['key', 'value'];
  return makeModel({
    node: [...cacheNodes(options), ...tokenNodes(options), ...logitNodes()],
    initializer: [
      floats('vocabulary', [vocabulary], Float32Array.from({ length: vocabulary }, (_, id) => id)), floats('modulus', [], Float32Array.of(vocabulary)),
      floats('three', [], Float32Array.of(3)), floats('zero', [], Float32Array.of(0)), floats('nan', [], Float32Array.of(NaN)),
      longs('axes', [2], 1, 3), longs('row_axes', [2], 0, 2), longs('index_1', [], 1), longs('index_2', [], 2), longs('long_0', [], 0), longs('long_1', [], 1),
      longs('pads', [8], 0, 0, 0, 0, 0, 0, 0, ballast), longs('first', [1], 0), longs('one_long', [1], 1), longs('last_axis', [1], 3),
      longs('forever', [], Number.MAX_SAFE_INTEGER), longs('stalls_at', [], options.stallsAt ?? Number.MAX_SAFE_INTEGER), longs('breaks_at', [], options.breaksAt ?? Number.MAX_SAFE_INTEGER),
    ],
    input: [
      sequence('input_ids'), sequence('attention_mask', 'whole'), sequence('position_ids'), ...(hasBranch ? [valueInfo('use_cache_branch', 'BOOL', [1])] : []),
      ...(isCached ? halves.map((half) => cache(`past_key_values.0.${half}`)) : []), ...(extraInput ? [valueInfo(extraInput, 'FP32', [1])] : []),
    ],
    output: [valueInfo('logits', 'FP32', ['batch', 'sequence', vocabulary]), ...(isCached ? halves.map((half) => cache(`present.0.${half}`)) : [])],
  });
}

/** As the registry reads it from such a model. */
export function decoderSignature({ vocabulary = 32, isCached = true, hasBranch = false, ballast = 0 }: DecoderOptions = {}): Signature {
  const free = (name: string) => ({ size: null, name });
  const fixed = (size: number) => ({ size, name: null });
  const sequence = (name: string): TensorSpec => ({ name, datatype: 'INT64', shape: [free('batch'), free('sequence')] });
  const cache = (name: string): TensorSpec => ({ name, datatype: 'FP32', shape: [free('batch'), fixed(1), free(`${name} length`), fixed(1 + ballast)] });
  const caches = (prefix: string): TensorSpec[] => (isCached ? ['key', 'value'].map((half) => cache(`${prefix}.0.${half}`)) : []);
  return {
    inputs: [
      ...['input_ids', 'attention_mask', 'position_ids'].map(sequence), ...(hasBranch ? [{ name: 'use_cache_branch', datatype: 'BOOL' as const, shape: [fixed(1)] }] : []),
      ...caches('past_key_values'),
    ],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [free('batch'), free('sequence'), fixed(vocabulary)] }, ...caches('present')],
  };
}

/** What came before and what is new, for tokens and positions, each `[1, 1, length, 1 + ballast]`. */
function cacheNodes({ isCached = true, isForgetful = false, ballast = 0 }: DecoderOptions): onnx.INodeProto[] {
  return [['key', 'input_ids'], ['value', 'position_ids']].flatMap(([half, source]) => {
    const [present, grown] = [`present.0.${half}`, isCached && !isForgetful];
    return [
      node('Cast', [source!], [`${half}_floats`], [{ name: 'to', type: INT, i: FLOAT }]), node('Unsqueeze', [`${half}_floats`, 'axes'], [`${half}_narrow`]),
      ...(ballast > 0 ? [node('Pad', [`${half}_narrow`, 'pads'], [`${half}_new`])] : [node('Identity', [`${half}_narrow`], [`${half}_new`])]),
      grown ? node('Concat', [`past_key_values.0.${half}`, `${half}_new`], [present], [{ name: 'axis', type: INT, i: 2 }]) : node('Identity', [`${half}_new`], [present]),
      node('Slice', [present, 'first', 'one_long', 'last_axis'], [`${half}_counted`]),
      node('ReduceSum', [`${half}_counted`], [`${half}_sum`], [{ name: 'keepdims', type: INT, i: 0 }]),
    ];
  });
}

/** The token that follows, as a float; a wrong mask or branch shifts it. */
function tokenNodes({ isCached = true, hasBranch = false }: DecoderOptions): onnx.INodeProto[] {
  return [
    node('Shape', ['present.0.key'], ['present_shape']), node('Gather', ['present_shape', 'index_2'], ['length']), node('Cast', ['length'], ['length_float'], [{ name: 'to', type: INT, i: FLOAT }]),
    node('Cast', ['attention_mask'], ['mask_floats'], [{ name: 'to', type: INT, i: FLOAT }]), node('ReduceSum', ['mask_floats'], ['mask_sum'], [{ name: 'keepdims', type: INT, i: 0 }]),
    node('Sub', ['mask_sum', 'length_float'], ['mask_error']), node('Mul', ['key_sum', 'three'], ['key_part']), node('Add', ['key_part', 'value_sum'], ['sum']),
    node('Add', ['sum', 'mask_error'], ['masked_sum']),
    ...(hasBranch && isCached ? [
      node('Shape', ['past_key_values.0.key'], ['past_shape']), node('Gather', ['past_shape', 'index_2'], ['past_length']), node('Greater', ['past_length', 'long_0'], ['has_past']),
      node('Xor', ['has_past', 'use_cache_branch'], ['is_lie']), node('Cast', ['is_lie'], ['lies'], [{ name: 'to', type: INT, i: FLOAT }]),
      node('ReduceSum', ['lies'], ['lie'], [{ name: 'keepdims', type: INT, i: 0 }]), node('Add', ['masked_sum', 'lie'], ['whole_sum']),
    ] : [node('Identity', ['masked_sum'], ['whole_sum'])]),
    node('Mod', ['whole_sum', 'modulus'], ['next'], [{ name: 'fmod', type: INT, i: 1 }]),
  ];
}

/** Peaked at the token that follows in the last row, and at 0 in all others. */
function logitNodes(): onnx.INodeProto[] {
  const body: onnx.IGraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['go_on']), node('Add', ['value', 'zero'], ['unchanged'])],
    input: [valueInfo('iteration', 'INT64', []), valueInfo('go', 'BOOL', []), valueInfo('value', 'FP32', [])],
    output: [valueInfo('go_on', 'BOOL', []), valueInfo('unchanged', 'FP32', [])],
  };
  return [
    node('Less', ['length', 'stalls_at'], ['is_quick']), node('Where', ['is_quick', 'long_0', 'forever'], ['steps']),
    node('Loop', ['steps', '', 'next'], ['slow_next'], [{ name: 'body', type: GRAPH, g: body }]),
    node('Shape', ['input_ids'], ['ids_shape']), node('Gather', ['ids_shape', 'index_1'], ['new_count']), node('Sub', ['new_count', 'long_1'], ['last_row']),
    node('Range', ['long_0', 'new_count', 'long_1'], ['rows']), node('Equal', ['rows', 'last_row'], ['is_last']), node('Cast', ['is_last'], ['last_floats'], [{ name: 'to', type: INT, i: FLOAT }]),
    node('Mul', ['last_floats', 'slow_next'], ['peaks_flat']), node('Unsqueeze', ['peaks_flat', 'row_axes'], ['peaks']),
    node('Sub', ['peaks', 'vocabulary'], ['distance']), node('Mul', ['distance', 'distance'], ['square']), node('Neg', ['square'], ['scores']),
    node('Less', ['length', 'breaks_at'], ['is_sound']), node('Where', ['is_sound', 'scores', 'nan'], ['logits']),
  ];
}

function longs(name: string, dims: number[], ...values: number[]): onnx.ITensorProto {
  return { name, dims, dataType: INT64, rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}
