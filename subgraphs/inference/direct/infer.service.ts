import type { RequestScope } from '../../../platform/caller';
import { checkInputs } from '../../../platform/tensor/signature-check';
import type { BlobCheck } from '../submit/blob-check';
import { readTensor } from '../submit/item-check';
import { readTensors } from '../tensor/read-tensors';
import { Tensor } from '../tensor/tensor.type';
import type { TensorBlobs } from '../worker.contract';
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
    const answer = await direct.infer(scope, target, { inputs: await readTensors(tensors, this.parts.tensors), outputs, timeoutMs });
    const { timing, servedFrom, savedMs } = answer;
    return { outputs: answer.outputs.map((output) => new Tensor(output)), timing, servedFrom, savedMs };
  }
}
