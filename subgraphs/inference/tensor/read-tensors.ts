import type { RawTensor } from '../../../platform/tensor/tensor';
import type { ChunkTensor, TensorBlobs } from '../worker.contract';

/** The tensors with their data, wherever it lies. @throws TENSOR_NOT_FOUND when a blob is gone */
export function readTensors(tensors: readonly ChunkTensor[], blobs: Pick<TensorBlobs, 'read'>): Promise<RawTensor[]> {
  return Promise.all(tensors.map(async (tensor) => {
    if ('data' in tensor) return tensor;
    const { blob, ...header } = tensor;
    return { ...header, data: await blobs.read(blob) };
  }));
}
