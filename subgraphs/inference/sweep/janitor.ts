import type { Log } from '../../../platform/log';
import type { GenerationStore } from '../generation/generation.store';
import type { IdempotencyKeys } from '../submit/idempotency';
import type { TensorBlobStore } from '../tensor/tensor-blob.store';
import type { TensorStore } from '../tensor/tensor.store';
import type { LoadStore } from '../load/load.store';
import type { MetricStore } from '../metrics/metric.store';
import type { ResultStore } from '../reuse/result.store';
import type { JobPartitions } from './job-partitions';

export interface JanitorParts {
  partitions: JobPartitions;
  loads: LoadStore;
  metrics: MetricStore;
  generations: Pick<GenerationStore, 'forgetOld'>;
  results: ResultStore;
  log: Log;
  keys: IdempotencyKeys;
  blobs: TensorBlobStore;
  tensors: TensorStore;
  retentionDays: number;
  metricRetentionDays: number;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 60_000;
/** The counters are kept with the rows; a recount reads the whole backlog, to find what a hand has changed. */
const RECOUNT_EVERY_MS = 600_000;
const BLOBS_PER_STATEMENT = 200;

/** Makes room in both directions of time: partitions for the days to come, and an end to what has outlived its keeping. */
export class Janitor {
  #tidiedAt = 0;
  #recountedAt = 0;

  constructor(private readonly parts: JanitorParts) {}

  /** Does nothing within a minute of the last time. */
  async tidy(now = new Date()): Promise<void> {
    if (now.getTime() - this.#tidiedAt < EVERY_MS) return;
    const { partitions, keys, metrics, generations, results, retentionDays, metricRetentionDays } = this.parts;
    await partitions.ensure(now);
    const dropped = await partitions.dropBefore(new Date(now.getTime() - retentionDays * DAY_MS));
    await this.#mendLoads(now.getTime(), dropped.length > 0);
    await keys.forgetOld();
    await generations.forgetOld();
    await results.forgetExpired();
    await metrics.fold(now);
    await metrics.forgetBefore(new Date(now.getTime() - metricRetentionDays * DAY_MS));
    await this.#removeBlobs();
    this.#tidiedAt = now.getTime();
  }

  async #mendLoads(now: number, isDue: boolean): Promise<void> {
    const { loads, log } = this.parts;
    await loads.fold();
    if (!isDue && now - this.#recountedAt < RECOUNT_EVERY_MS) return;
    const deployments = await loads.recount();
    if (deployments > 0) log.warn({ deployments }, 'loads of deployments were off, counted again');
    this.#recountedAt = now;
  }

  async #removeBlobs(): Promise<void> {
    const { blobs, tensors } = this.parts;
    for (let ids = await blobs.takeExpired(BLOBS_PER_STATEMENT); ids.length > 0; ids = await blobs.takeExpired(BLOBS_PER_STATEMENT)) await tensors.remove(ids);
  }
}
