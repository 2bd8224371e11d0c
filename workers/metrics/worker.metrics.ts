import { collectDefaultMetrics, Counter, Histogram, type Registry } from 'prom-client';
import { SCALE_SECONDS } from '../../platform/metrics/latency-scale';

/** What Prometheus reads of a worker beside its work: its runners, and the process. */
export class WorkerMetrics {
  readonly #restarts: Counter<'deployment'>;
  readonly #loads: Histogram<'deployment'>;

  /** @param registry labels everything with the worker's name, where workers are told together */
  constructor(registry: Registry) {
    this.#restarts = new Counter({
      name: 'modelgraph_worker_runner_restarts_total', help: 'Runner processes started in place of one that died, was killed for a cancel or a timeout, or did not load.',
      labelNames: ['deployment'], registers: [registry],
    });
    this.#loads = new Histogram({
      name: 'modelgraph_worker_runner_load_seconds', help: 'How long a runner process took to start and to load its model.',
      labelNames: ['deployment'], buckets: [...SCALE_SECONDS], registers: [registry],
    });
    collectDefaultMetrics({ register: registry, prefix: 'modelgraph_worker_' });
  }

  countRestart(deployment: string): void {
    this.#restarts.inc({ deployment });
  }

  observeLoad(deployment: string, ms: number): void {
    this.#loads.observe({ deployment }, ms / 1_000);
  }
}
