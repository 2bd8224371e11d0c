import { PlatformError } from '../../platform/errors';
import { silentLog, type Log } from '../../platform/log';
import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { RunnerLoader } from '../runner.port';
import type { ExecutionProvider } from './execution-provider';
import { Runner, type LoadedRunner, type RunnerLimits } from './runner';
import type { RunnerCaps } from './runner.process';
import type { SpareRunners } from './spare-runners';

/** Reading 2 GiB from a slow disk and optimising the graph stay below this. */
const LOAD_TIMEOUT_MS = 120_000;

interface LoaderParts {
  /** Null: every runner is started when it is asked for. */
  spares: SpareRunners | null;
  /** What shall compute, in this order; the processor comes last by itself. */
  providers: readonly ExecutionProvider[];
  log: Log;
}

/** Starts runners for revisions; the caller gives each file a folder of its own. */
export class OnnxRunnerLoader implements RunnerLoader {
  constructor(private readonly parts: LoaderParts = { spares: null, providers: ['cpu'], log: silentLog() }) {}

  async load({ id, memoryBytes, intraOpThreads: threads, timeoutMs }: RevisionSpec, file: string): Promise<Runner> {
    const { spares, providers, log } = this.parts;
    const caps = { memoryBytes, threads };
    const limits = { timeoutMs, loadTimeoutMs: LOAD_TIMEOUT_MS, providers };
    const { runner, provider } = (await this.#loadedSpare(caps, limits, file)) ?? (await Runner.start({ ...caps, ...limits }, file));
    if (provider !== providers[0]) log.warn({ revisionId: id, wanted: providers, provider }, 'model is computed by another execution provider than was wanted');
    spares?.keep(caps);
    return runner;
  }

  /** Null also when the process has ended: it may have done so while it waited. */
  async #loadedSpare(caps: RunnerCaps, limits: RunnerLimits, file: string): Promise<LoadedRunner | null> {
    const runner = await this.parts.spares?.take(caps);
    try {
      return runner ? { runner, ...(await runner.load(file, limits)) } : null;
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'RUNNER_CRASHED') return null;
      throw error;
    }
  }
}
