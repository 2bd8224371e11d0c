import { PlatformError, messageOf } from '../platform/errors';
import type { Log } from '../platform/log';
import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensor, TensorBlobs } from '../subgraphs/inference/worker.contract';
import type { WorkItem } from './work-item';

/** Larger outputs leave the row and become blobs behind a signed URL. */
export const INLINE_MAX_BYTES = 64 * 1024;

/** Moves tensors between chunks, which carry small ones in place and large ones by reference, and the runner, which takes bytes. */
export class ChunkTensors {
  constructor(private readonly blobs: TensorBlobs, private readonly log: Log) {}

  /** @throws TENSOR_NOT_FOUND when a blob has expired */
  readonly read = async (tensors: ChunkTensor[]): Promise<RawTensor[]> => {
    if (tensors.every((tensor) => 'data' in tensor)) return tensors;
    return Promise.all(tensors.map(async (tensor) => {
      if ('data' in tensor) return tensor;
      const { blob, ...rest } = tensor;
      return { ...rest, data: await this.blobs.read(blob) };
    }));
  };

  /** @throws INTERNAL_SERVER_ERROR when the tensor store refuses; the log holds the reason */
  async write(item: WorkItem, outputs: RawTensor[]): Promise<ChunkTensor[]> {
    return Promise.all(outputs.map((tensor) => (tensor.data.byteLength <= INLINE_MAX_BYTES ? tensor : this.#writeBlob(item, tensor))));
  }

  async #writeBlob(item: WorkItem, tensor: RawTensor): Promise<ChunkTensor> {
    const { jobId, chunk, lease, namespace, firstItem } = item.chunk.claimed;
    const { data: _data, ...rest } = tensor;
    try {
      return { ...rest, blob: await this.blobs.write({ jobId, chunk, lease, namespace }, firstItem + item.index, tensor) };
    } catch (error) {
      this.log.error({ jobId, chunk, err: error }, 'output blob not written');
      throw new PlatformError('INTERNAL_SERVER_ERROR', 'An output could not be stored.', {}, { cause: messageOf(error) });
    }
  }
}
