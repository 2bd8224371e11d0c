import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { RunnerHandle, RunnerLoader } from '../runner.port';
import type { WorkerMetrics } from './worker.metrics';

/** Counts the runners that came in place of another. Each replica holds a specification object of its own, and its first runner replaces none. */
export class MeasuredRunnerLoader implements RunnerLoader {
  readonly #started = new WeakSet<RevisionSpec>();

  constructor(private readonly loader: RunnerLoader, private readonly metrics: Pick<WorkerMetrics, 'countRestart' | 'observeLoad'>) {}

  async load(spec: RevisionSpec, file: string): Promise<RunnerHandle> {
    if (this.#started.has(spec)) this.metrics.countRestart(spec.deploymentId);
    this.#started.add(spec);
    const startedAt = performance.now();
    const runner = await this.loader.load(spec, file);
    this.metrics.observeLoad(spec.deploymentId, performance.now() - startedAt);
    return runner;
  }
}
