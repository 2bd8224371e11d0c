import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { RunnerLoader, TensorBatching } from '../runner.port';
import { split, stack } from './batch';
import { Runner } from './runner';

/** Reading 2 GiB from a slow disk and optimising the graph stay below this. */
const LOAD_TIMEOUT_MS = 120_000;

/** Starts runners for revisions; the caller gives each file a folder of its own. */
export class OnnxRunnerLoader implements RunnerLoader {
  async load(spec: RevisionSpec, file: string): Promise<Runner> {
    const settings = {
      memoryBytes: spec.memoryBytes,
      threads: spec.intraOpThreads,
      timeoutMs: spec.timeoutMs,
      loadTimeoutMs: LOAD_TIMEOUT_MS,
    };
    const { runner } = await Runner.start(settings, file);
    return runner;
  }
}

export const tensorBatching: TensorBatching = { stack, split };
