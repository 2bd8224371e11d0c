import type { RequestScope } from '../../../platform/caller';
import { checkInputs } from '../../../platform/tensor/signature-check';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { BlobCheck } from '../submit/blob-check';
import { readTensor } from '../submit/item-check';
import { Tensor } from '../tensor/tensor.type';
import type { ChunkTensor, TensorBlobs } from '../worker.contract';
import type { DirectService } from './direct.service';
import type { InferInput, InferPayload } from './infer.inputs';

/** The direct lane as GraphQL speaks it: tensors in place or uploaded before, outputs always in place. */
export class InferService {
  constructor(private readonly parts: { direct: DirectService; blobs: BlobCheck; tensors: TensorBlobs }) {}

  /** @throws what `decodeTensor`, `BlobCheck` and `DirectService` throw */
  async infer(scope: RequestScope, { deployment, inputs, outputs = null, timeoutMs = null }: InferInput): Promise<InferPayload> {
    const { direct, blobs } = this.parts;
    const target = await direct.target(scope, deployment);
    // Before they are read, as for jobs: a fault has one code on both lanes.
    checkInputs(target.revision.signature, inputs);
    const tensors = inputs.map(readTensor);
    await blobs.keep(target.namespace, [tensors]);
    const raw = await Promise.all(tensors.map((tensor) => this.#read(tensor)));
    const answer = await direct.infer(scope, target, { inputs: raw, outputs, timeoutMs });
    const { timing, servedFrom, savedMs } = answer;
    return { outputs: answer.outputs.map((output) => new Tensor(output)), timing, servedFrom, savedMs };
  }

  async #read(tensor: ChunkTensor): Promise<RawTensor> {
    if ('data' in tensor) return tensor;
    const { blob, ...header } = tensor;
    return { ...header, data: await this.parts.tensors.read(blob) };
  }
}
