import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { cacheShape, type CacheSlot, type Decoder } from '../../../platform/generation/decoder';
import { fromHalf } from '../../../platform/tensor/half';
import type { Datatype } from '../../../platform/tensor/datatype';
import type { StepRequest } from '../../runner.port';
import { emptyOrtTensor } from '../ort-tensor';
import { KeptCaches, type KeptCache } from './kept-caches';
import { chooseToken } from './sampler';

export interface Step {
  token: number;
  computeMs: number;
}

const NO_CACHE: KeptCache = { length: 0, tensors: {}, bytes: 0 };

/** Steps the generations of one session. Their caches stay in this process as the runtime gave them: nothing of them is copied from step to step. */
export class Decoding {
  readonly #caches: KeptCaches;

  constructor(private readonly session: InferenceSession, private readonly decoder: Decoder, maxCacheBytes: number) {
    this.#caches = new KeptCaches(maxCacheBytes);
  }

  get cacheBytes(): number {
    return this.#caches.bytes;
  }

  /**
   * The token that follows. Each step brings the whole sequence; what of it the kept cache holds is not computed again, and without one all of it is.
   * @throws Error of the runtime, or when what the model gives is of another form than it declares
   */
  async step({ generation, tokens, sampling }: StepRequest): Promise<Step> {
    const kept = this.#caches.take(generation);
    const cache = kept && kept.length < tokens.length ? kept : NO_CACHE;
    const { caches } = this.decoder;
    const startedAt = performance.now();
    const given = await this.session.run(this.#feeds(tokens, cache), ['logits', ...caches.map(({ present }) => present)]);
    const computeMs = performance.now() - startedAt;
    const token = chooseToken(lastLogits(given['logits']!, this.decoder), tokens, sampling);
    if (caches.length > 0) this.#caches.keep(generation, cacheOf(caches, given, tokens.length));
    return { token, computeMs };
  }

  forget(generation: string): void {
    this.#caches.forget(generation);
  }

  #feeds(tokens: Int32Array, { length, tensors }: KeptCache): Record<string, Tensor> {
    const { inputIds, attentionMask, positionIds, hasCacheBranch, countsLogits, caches } = this.decoder;
    const feeds: Record<string, Tensor> = { input_ids: row(inputIds, tokens.subarray(length)) };
    if (attentionMask) feeds['attention_mask'] = row(attentionMask, new Int32Array(tokens.length).fill(1));
    if (positionIds) feeds['position_ids'] = row(positionIds, Int32Array.from({ length: tokens.length - length }, (_, index) => length + index));
    if (hasCacheBranch) feeds['use_cache_branch'] = new Tensor('bool', [length > 0], [1]);
    if (countsLogits) feeds['num_logits_to_keep'] = new Tensor('int64', BigInt64Array.of(1n), []);
    for (const slot of caches) feeds[slot.past] = tensors[slot.past] ?? emptyOrtTensor(slot.datatype, cacheShape(slot, 0));
    return feeds;
  }
}

function row(datatype: Datatype, values: Int32Array): Tensor {
  if (datatype === 'INT32') return new Tensor('int32', values.slice(), [1, values.length]);
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
}

/** Of the last position that there are any of. */
function lastLogits({ type, dims, data }: Tensor, { vocabularySize }: Decoder): Float32Array {
  const [, positions = 0, size = 0] = dims;
  if (dims.length !== 3 || positions === 0 || size === 0 || (vocabularySize ?? size) !== size) {
    throw new Error(`The model gave logits of shape [${dims.join(', ')}]; [1, positions, ${vocabularySize ?? 'vocabulary'}] was expected.`);
  }
  const start = (positions - 1) * size;
  if (type === 'float32') return (data as Float32Array).subarray(start, start + size);
  const halves = (data as unknown as Uint16Array).subarray(start, start + size);
  return Float32Array.from(halves, fromHalf);
}

/** Native code reads what the next step's shapes promise: they are what the model declares, or nothing is kept. */
function cacheOf(slots: readonly CacheSlot[], given: Readonly<Record<string, Tensor>>, length: number): KeptCache {
  const tensors: Record<string, Tensor> = {};
  let bytes = 0;
  for (const slot of slots) {
    const tensor = given[slot.present]!;
    const shape = cacheShape(slot, length);
    if (tensor.dims.length !== shape.length || tensor.dims.some((size, axis) => size !== shape[axis])) {
      throw new Error(`The model gave "${slot.present}" of shape [${tensor.dims.join(', ')}]; [${shape.join(', ')}] was expected after ${length} tokens.`);
    }
    tensors[slot.past] = tensor;
    bytes += (tensor.data as Float32Array).byteLength;
  }
  return { length, tensors, bytes };
}
