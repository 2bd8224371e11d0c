import { PlatformError } from '../platform/errors';
import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensor, TensorBlobs } from '../subgraphs/inference/worker.contract';
import type { ChunkWork } from './chunk-work';
import { leaseOf } from './lease';
import { untilAnswered, type PersistenceSettings } from './persistence';
import type { ItemStorage } from './work-item';

/** Larger outputs leave the row and become blobs behind a signed URL. */
export const INLINE_MAX_BYTES = 64 * 1024;

/** Moves tensors between chunks, which carry small ones in place and large ones by reference, and the runner, which takes bytes. */
export class ChunkTensors {
  constructor(private readonly blobs: TensorBlobs, private readonly persistence: PersistenceSettings) {}

  /** @throws TENSOR_NOT_FOUND when a blob has expired */
  readonly read = async (tensors: ChunkTensor[]): Promise<RawTensor[]> => {
    if (tensors.every((tensor) => 'data' in tensor)) return tensors;
    return Promise.all(tensors.map(async (tensor) => {
      if ('data' in tensor) return tensor;
      const { blob, ...rest } = tensor;
      return { ...rest, data: await this.#whileAway('read blob', () => this.blobs.read(blob)) };
    }));
  };

  /** Of one chunk; its `write` throws INTERNAL_SERVER_ERROR when the tensor store refuses, and the log holds the reason. */
  of(chunk: ChunkWork): ItemStorage {
    return { read: this.read, write: (outputs, index) => this.#write({ chunk, index }, outputs) };
  }

  async #write(item: { chunk: ChunkWork; index: number }, outputs: RawTensor[]): Promise<ChunkTensor[]> {
    return Promise.all(outputs.map((tensor) => (tensor.data.byteLength <= INLINE_MAX_BYTES ? tensor : this.#writeBlob(item, tensor))));
  }

  async #writeBlob(item: { chunk: ChunkWork; index: number }, tensor: RawTensor): Promise<ChunkTensor> {
    const { namespace, firstItem } = item.chunk.claimed;
    const owner = { ...leaseOf(item.chunk), namespace };
    const { name, datatype, shape } = tensor;
    try {
      return { name, datatype, shape, blob: await this.#whileAway('write blob', () => this.blobs.write(owner, firstItem + item.index, tensor)) };
    } catch (error) {
      this.persistence.log.error({ jobId: owner.jobId, chunk: owner.chunk, err: error }, 'output blob not written');
      throw new PlatformError('INTERNAL_SERVER_ERROR', 'An output could not be stored.', {}, { cause: error });
    }
  }

  /** The store's index is in Postgres and comes back with it; a full disk does not come back by waiting. */
  #whileAway<T>(name: string, call: () => Promise<T>): Promise<T> {
    const isPermanent = (error: unknown): boolean => !(error instanceof PlatformError && error.code === 'UNAVAILABLE');
    return untilAnswered(name, call, { ...this.persistence, isPermanent });
  }
}
