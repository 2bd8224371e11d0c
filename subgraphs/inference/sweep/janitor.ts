import type { IdempotencyKeys } from '../submit/idempotency';
import type { TensorBlobStore } from '../tensor/tensor-blob.store';
import type { TensorStore } from '../tensor/tensor.store';
import type { JobPartitions } from './job-partitions';

export interface JanitorParts {
  partitions: JobPartitions;
  keys: IdempotencyKeys;
  blobs: TensorBlobStore;
  tensors: TensorStore;
  retentionDays: number;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 60_000;
const BLOBS_PER_STATEMENT = 200;

/** Makes room in both directions of time: partitions for the days to come, and an end to what has outlived its keeping. */
export class Janitor {
  #tidiedAt = 0;

  constructor(private readonly parts: JanitorParts) {}

  /** Does nothing within a minute of the last time. */
  async tidy(now = new Date()): Promise<void> {
    if (now.getTime() - this.#tidiedAt < EVERY_MS) return;
    const { partitions, keys, retentionDays } = this.parts;
    await partitions.ensure(now);
    await partitions.dropBefore(new Date(now.getTime() - retentionDays * DAY_MS));
    await keys.forgetOld();
    await this.#removeBlobs();
    this.#tidiedAt = now.getTime();
  }

  async #removeBlobs(): Promise<void> {
    const { blobs, tensors } = this.parts;
    for (let ids = await blobs.takeExpired(BLOBS_PER_STATEMENT); ids.length > 0; ids = await blobs.takeExpired(BLOBS_PER_STATEMENT)) await tensors.remove(ids);
  }
}
