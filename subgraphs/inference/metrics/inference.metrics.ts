import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { SCALE_SECONDS } from '../../../platform/metrics/latency-scale';
import type { DropReason, FinishedWork, ReusedWork, SavedReason, WorkRecorder } from '../worker.contract';

const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/**
 * What Prometheus reads of inference, in workers (jobs) and in the inference subgraph (direct calls, and what was dropped). All processes have the same
 * buckets, so their histograms add up. Deployments are told by id: their number is the operators' choice, and no label holds what a client sent.
 */
export class InferenceMetrics implements WorkRecorder {
  readonly #queueWait: Histogram<'lane' | 'deployment'>;
  readonly #batchWait: Histogram<'lane' | 'deployment'>;
  readonly #compute: Histogram<'lane' | 'deployment'>;
  readonly #duration: Histogram<'lane' | 'deployment'>;
  readonly #batchSize: Histogram<'lane' | 'deployment'>;
  readonly #items: Counter<'lane' | 'deployment' | 'outcome'>;
  readonly #dropped: Counter<'deployment' | 'reason'>;
  readonly #reused: Counter<'lane' | 'deployment' | 'served_from'>;
  readonly #saved: Counter<'deployment' | 'reason'>;

  constructor(private readonly registry: Registry) {
    this.#queueWait = this.#histogram('queue_wait_seconds', 'From when a chunk of a job was accepted, or a call arrived at its worker, until a worker took it up.');
    this.#batchWait = this.#histogram('batch_wait_seconds', 'How long chunks and calls waited for others to share a batch.');
    this.#compute = this.#histogram('compute_seconds', 'Wall clock of the runs that a chunk or a call took part in.');
    this.#duration = this.#histogram('duration_seconds', 'From when a chunk was accepted until its result was written, or from a call to its answer.');
    this.#batchSize = this.#histogram('batch_size', 'The largest batch that items of a chunk or a call ran in.', BATCH_SIZES);
    this.#items = this.#counter('items_total', 'Items that ended, by the code of their error, or ok.', ['lane', 'deployment', 'outcome']);
    this.#dropped = this.#counter('dropped_items_total', 'Items that were refused or given up, by why.', ['deployment', 'reason']);
    this.#reused = this.#counter('reused_items_total', 'Items that were answered without a run of their own, from kept results or with one that was running.', ['lane', 'deployment', 'served_from']);
    this.#saved = this.#counter('saved_seconds_total', 'Compute that was predicted and never spent, by what ended the work.', ['deployment', 'reason']);
  }

  finished(work: FinishedWork): void {
    const { lane, deploymentId: deployment, latencyMs, timing, items, errors } = work;
    const labels = { lane, deployment };
    this.#duration.observe(labels, latencyMs / 1_000);
    if (timing) {
      this.#queueWait.observe(labels, timing.queuedMs / 1_000);
      this.#batchWait.observe(labels, timing.batchWaitMs / 1_000);
      this.#compute.observe(labels, timing.computeMs / 1_000);
      this.#batchSize.observe(labels, timing.batchSize);
    }
    if (items > errors.length) this.#items.inc({ ...labels, outcome: 'ok' }, items - errors.length);
    for (const outcome of errors) this.#items.inc({ ...labels, outcome });
  }

  dropped(deployment: string, reason: DropReason, items: number): void {
    this.#dropped.inc({ deployment, reason }, items);
  }

  reused(deployment: string, { lane, servedFrom, items }: ReusedWork): void {
    this.#reused.inc({ lane, deployment, served_from: servedFrom.toLowerCase() }, items);
  }

  saved(deployment: string, reason: SavedReason, ms: number): void {
    this.#saved.inc({ deployment, reason }, ms / 1_000);
  }

  /** Read whenever Prometheus asks. Every process that tells it says the same: take the maximum, not the sum. */
  watchQueues(depths: () => Promise<{ deploymentId: string; waiting: number }[]>): void {
    new Gauge({
      name: 'modelgraph_inference_queue_depth', help: 'Items of jobs that no worker has begun.', labelNames: ['deployment'], registers: [this.registry],
      async collect() {
        const told = await depths();
        this.reset();
        for (const { deploymentId, waiting } of told) this.set({ deployment: deploymentId }, waiting);
      },
    });
  }

  #histogram(name: string, help: string, buckets: readonly number[] = SCALE_SECONDS): Histogram<'lane' | 'deployment'> {
    return new Histogram({ name: `modelgraph_inference_${name}`, help, labelNames: ['lane', 'deployment'], buckets: [...buckets], registers: [this.registry] });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `modelgraph_inference_${name}`, help, labelNames, registers: [this.registry] });
  }
}
