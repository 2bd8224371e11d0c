import { PlatformError } from '../../../platform/errors';
import { isId } from '../../../platform/uuid';
import { elementCount } from '../../../platform/tensor/element-count';
import { decodeTensor, type InlineTensor } from '../../../platform/tensor/inline-tensor';
import { checkInputs } from '../../../platform/tensor/signature-check';
import type { Signature } from '../../../platform/tensor/tensor';
import type { ChunkTensor } from '../worker.contract';

export interface TensorRequest extends InlineTensor {
  blob?: string | null;
}

export interface ItemRequest {
  inputs: TensorRequest[];
}

/**
 * Reads and checks one item of a submit against the model's signature; whether its blobs exist is asked for all items together later.
 * @throws TENSOR_INVALID and the codes of `decodeTensor` and `checkInputs`, with `item` and, where one is at fault, `tensor` in the details
 */
export function readItem(signature: Signature, { inputs }: ItemRequest, item: number): ChunkTensor[] {
  attributed(item, null, () => checkInputs(signature, inputs));
  return inputs.map((tensor) => attributed(item, tensor.name, () => readTensor(tensor)));
}

/** Reads a tensor in place, or the reference to one that was uploaded. @throws TENSOR_INVALID, TENSOR_NOT_FOUND and the codes of `decodeTensor` */
export function readTensor(tensor: TensorRequest): ChunkTensor {
  const { name, datatype, shape, blob } = tensor;
  if (blob === undefined || blob === null) return decodeTensor(tensor);
  if (tensor.json != null || tensor.base64 != null) {
    throw new PlatformError('TENSOR_INVALID', `Tensor "${name}": exactly one of json, base64 and blob was expected, more came.`);
  }
  elementCount(tensor);
  if (!isId(blob)) throw new PlatformError('TENSOR_NOT_FOUND', `Tensor "${name}": there is no blob "${blob.slice(0, 60)}"; the id that createTensorUpload gave was expected.`);
  return { name, datatype, shape: [...shape], blob: blob.toLowerCase() };
}

/** Says in message and details which item and tensor a refusal is about. */
export function attributed<T>(item: number, tensor: string | null, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const name = tensor ?? error.details['input'] ?? null;
    throw new PlatformError(error.code, `Item ${item}: ${error.message}`, { ...error.details, item, ...(name === null ? {} : { tensor: name }) }, { cause: error });
  }
}
