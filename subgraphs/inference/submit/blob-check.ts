import { PlatformError } from '../../../platform/errors';
import type { BlobTensor } from '../../../platform/tensor/tensor';
import type { TensorBlobRow, TensorBlobStore } from '../tensor/tensor-blob.store';
import type { ChunkTensor } from '../worker.contract';

interface Reference {
  item: number;
  tensor: BlobTensor;
}

/** Whether the blobs that items refer to can be read, and are what the items say of them. */
export class BlobCheck {
  constructor(private readonly blobs: TensorBlobStore, private readonly ttlMs: number) {}

  /**
   * Also keeps the blobs for another TTL from now; one statement for all items, none without blobs.
   * @throws TENSOR_NOT_FOUND when a blob is missing in the namespace or expired; DATATYPE_MISMATCH, SHAPE_MISMATCH when it is of another
   */
  async keep(namespace: string, items: readonly ChunkTensor[][]): Promise<void> {
    const references = items.flatMap((tensors, item) => tensors.flatMap<Reference>((tensor) => ('blob' in tensor ? [{ item, tensor }] : [])));
    if (references.length === 0) return;
    const rows = await this.blobs.keep(namespace, [...new Set(references.map(({ tensor }) => tensor.blob))], this.ttlMs);
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const reference of references) checkReference(reference, byId.get(reference.tensor.blob));
  }
}

function checkReference({ item, tensor: { name, blob, datatype, shape } }: Reference, row: TensorBlobRow | undefined): void {
  const details = { item, tensor: name, blob };
  if (!row) throw new PlatformError('TENSOR_NOT_FOUND', `Item ${item}: tensor "${name}" refers to blob ${blob}, which was never uploaded to this namespace or has expired.`, details);
  if (row.datatype !== datatype || row.shape.join() !== shape.join()) {
    const found = `${row.datatype}[${row.shape.join(', ')}]`;
    const code = row.datatype === datatype ? 'SHAPE_MISMATCH' : 'DATATYPE_MISMATCH';
    throw new PlatformError(code, `Item ${item}: tensor "${name}" was expected as ${datatype}[${shape.join(', ')}]; blob ${blob} is ${found}.`, details);
  }
}
