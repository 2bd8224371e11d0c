import { PlatformError } from '../../platform/errors';
import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { RunnerLoader, TensorBatching } from '../runner.port';
import { split, stack } from './batch';
import { Runner, type RunnerLimits } from './runner';
import type { RunnerCaps } from './runner.process';
import type { SpareRunners } from './spare-runners';

/** Reading 2 GiB from a slow disk and optimising the graph stay below this. */
const LOAD_TIMEOUT_MS = 120_000;

/** Starts runners for revisions; the caller gives each file a folder of its own. */
export class OnnxRunnerLoader implements RunnerLoader {
  /** @param spares null: every runner is started when it is asked for */
  constructor(private readonly spares: SpareRunners | null = null) {}

  async load({ memoryBytes, intraOpThreads: threads, timeoutMs }: RevisionSpec, file: string): Promise<Runner> {
    const caps = { memoryBytes, threads };
    const limits = { timeoutMs, loadTimeoutMs: LOAD_TIMEOUT_MS };
    const spare = await this.#loadedSpare(caps, limits, file);
    const runner = spare ?? (await Runner.start({ ...caps, ...limits }, file)).runner;
    this.spares?.keep(caps);
    return runner;
  }

  /** Null also when the process has ended: it may have done so while it waited. */
  async #loadedSpare(caps: RunnerCaps, limits: RunnerLimits, file: string): Promise<Runner | null> {
    const spare = (await this.spares?.take(caps)) ?? null;
    try {
      await spare?.load(file, limits);
      return spare;
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'RUNNER_CRASHED') return null;
      throw error;
    }
  }
}

export const tensorBatching: TensorBatching = { stack, split };
