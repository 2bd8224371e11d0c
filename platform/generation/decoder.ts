import { PlatformError } from '../errors';
import type { Datatype, FixedDatatype } from '../tensor/datatype';
import type { Signature, TensorSpec } from '../tensor/tensor';

/** One half of a layer's cache: what a step takes and what it gives in its place. */
export interface CacheSlot {
  past: string;
  present: string;
  datatype: FixedDatatype;
  /** Of a sequence; -1 where its length stands. */
  shape: readonly number[];
}

/** A model that yields a text token by token, as far as whoever steps it must know. */
export interface Decoder {
  /** INT64 or INT32, each. */
  inputIds: Datatype;
  attentionMask: Datatype | null;
  positionIds: Datatype | null;
  /** A merged decoder: told whether there is a cache yet. */
  hasCacheBranch: boolean;
  /** Asked how many positions it shall give logits for. */
  countsLogits: boolean;
  /** Empty: each step sees the whole sequence. */
  caches: readonly CacheSlot[];
  /** Null: the model does not say. */
  vocabularySize: number | null;
}

const IDS: readonly Datatype[] = ['INT64', 'INT32'];
const FLOATS: readonly Datatype[] = ['FP32', 'FP16'];
const PAST = /^past_key_values\.(\d{1,4})\.(key|value)$/;
const LENGTH = -1;

/**
 * Reads a signature by the names that Hugging Face's exporters (Optimum) give: `input_ids`, `attention_mask`, `position_ids`, `use_cache_branch`,
 * `num_logits_to_keep` and `past_key_values.N.key|value` in, `logits` and `present.N.key|value` out.
 * @throws GENERATION_UNSUPPORTED with what stands in the way
 */
export function readDecoder({ inputs, outputs }: Signature): Decoder {
  const [taken, given] = [new Map(inputs.map((spec) => [spec.name, spec])), new Map(outputs.map((spec) => [spec.name, spec]))];
  const unknown = inputs.find(({ name }) => !Object.hasOwn(READERS, name) && !PAST.test(name));
  if (unknown) throw unsupported(`it takes an input "${unknown.name}", which is none of a decoder's`);
  const vocabularySize = readLogits(given.get('logits'));
  const read = <Name extends keyof typeof READERS>(name: Name): Datatype | null => {
    const spec = taken.get(name);
    return spec ? READERS[name](spec) : null;
  };
  const inputIds = read('input_ids');
  if (inputIds === null) throw unsupported('it has no input "input_ids"');
  return {
    inputIds, vocabularySize, attentionMask: read('attention_mask'), positionIds: read('position_ids'),
    hasCacheBranch: read('use_cache_branch') !== null, countsLogits: read('num_logits_to_keep') !== null,
    caches: inputs.filter(({ name }) => PAST.test(name)).map((spec) => cacheSlot(spec, given)),
  };
}

/** @throws BAD_USER_INPUT when a token is none of the vocabulary, or there is none at all; where the model does not say its size, the runtime judges */
export function checkTokens({ vocabularySize }: Pick<Decoder, 'vocabularySize'>, tokens: ArrayLike<number>): void {
  if (tokens.length === 0) throw new PlatformError('BAD_USER_INPUT', 'At least one token was expected to go on from; none came.');
  // Models take ids of 64 bits, and as an index a negative one would count from the end.
  const most = (vocabularySize ?? 2 ** 31) - 1;
  for (let position = 0; position < tokens.length; position++) {
    const id = tokens[position]!;
    if (Number.isInteger(id) && id >= 0 && id <= most) continue;
    throw new PlatformError('BAD_USER_INPUT', `Token ${position} was expected to be 0 to ${most}, as the model's vocabulary is; ${id} came.`);
  }
}

const sequence = (spec: TensorSpec): Datatype => ofRank(2, IDS, spec);
const READERS = {
  input_ids: sequence, attention_mask: sequence, position_ids: sequence,
  use_cache_branch: (spec: TensorSpec): Datatype => ofRank(1, ['BOOL'], spec),
  num_logits_to_keep: (spec: TensorSpec): Datatype => ofRank(0, ['INT64'], spec),
} as const;

function ofRank(rank: number, datatypes: readonly Datatype[], { name, datatype, shape, isUnranked }: TensorSpec): Datatype {
  if (isUnranked || shape.length !== rank) throw unsupported(`"${name}" has another rank than ${rank}`);
  if (!datatypes.includes(datatype)) throw unsupported(`"${name}" is ${datatype} and not ${datatypes.join(' or ')}`);
  if (rank === 2) checkFree(name, shape.map(({ size }) => size));
  return datatype;
}

/** One sequence of any length must fit. */
function checkFree(name: string, sizes: readonly (number | null)[]): void {
  if ((sizes[0] ?? 1) !== 1) throw unsupported(`"${name}" takes ${sizes[0]} sequences at a time`);
  if (sizes[1] !== null) throw unsupported(`"${name}" takes sequences of ${sizes[1]} tokens alone`);
}

function readLogits(spec: TensorSpec | undefined): number | null {
  if (!spec) throw unsupported('it gives no "logits"');
  ofRank(3, FLOATS, spec);
  return spec.shape[2]!.size;
}

function cacheSlot(spec: TensorSpec, given: ReadonlyMap<string, TensorSpec>): CacheSlot {
  const [, layer, part] = PAST.exec(spec.name)!;
  const present = `present.${layer}.${part}`;
  const output = given.get(present);
  if (!output) throw unsupported(`it takes "${spec.name}" and gives no "${present}"`);
  for (const each of [spec, output]) ofRank(4, FLOATS, each);
  if (output.datatype !== spec.datatype) throw unsupported(`"${present}" is ${output.datatype} where "${spec.name}" is ${spec.datatype}`);
  const [batch, ...rest] = spec.shape.map(({ size }) => size);
  if ((batch ?? 1) !== 1 || rest.filter((size) => size === null).length !== 1) {
    throw unsupported(`"${spec.name}" was expected to have a free length and fixed sizes beside it`);
  }
  return { past: spec.name, present, datatype: spec.datatype as FixedDatatype, shape: [1, ...rest.map((size) => size ?? LENGTH)] };
}

/** Of a cache that holds so many tokens. */
export function cacheShape({ shape }: CacheSlot, length: number): number[] {
  return shape.map((size) => (size === LENGTH ? length : size));
}

function unsupported(reason: string): PlatformError {
  return new PlatformError('GENERATION_UNSUPPORTED', `The model cannot be asked for text step by step: ${reason}.`);
}
