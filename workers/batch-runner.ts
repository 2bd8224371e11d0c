import { PlatformError, messageOf, type ErrorCode } from '../platform/errors';
import type { Log } from '../platform/log';
import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensors } from './chunk-tensors';
import type { ChunkWork } from './chunk-work';
import type { RunResult, TensorBatching } from './runner.port';
import type { WorkItem } from './work-item';

/** Runs that may fail before an item fails that ran alone: a refusal and a timeout would only repeat, a fresh process may have the memory. */
const RUNS: Partial<Record<ErrorCode, number>> = { DEVICE_OUT_OF_MEMORY: 2, RUNNER_CRASHED: 2 };

interface BatchRunnerParts {
  runner: { run(inputs: RawTensor[], outputs: string[] | null): Promise<RunResult> };
  batching: TensorBatching;
  tensors: ChunkTensors;
  log: Log;
  /** Takes items that have to run again. */
  again: (items: WorkItem[]) => void;
}

/**
 * Runs one batch and settles its items. When a batch fails, its items run alone once more, so that one bad item fails alone; bisecting
 * would kill one runner after another.
 */
export class BatchRunner {
  constructor(private readonly parts: BatchRunnerParts) {}

  async run(batch: WorkItem[]): Promise<void> {
    const items = await this.#readable(batch);
    if (items.length === 0) return;
    const startedAt = performance.now();
    for (const { chunk } of items) chunk.started(startedAt);
    try {
      const { outputs, computeMs } = await this.#runTogether(items);
      share(items, computeMs);
      items.forEach((item, position) => void this.#store(item, outputs[position]!));
    } catch (error) {
      this.#failed(items, error, performance.now() - startedAt);
    }
  }

  /** Items whose blobs are gone fail here; the others run. */
  async #readable(batch: WorkItem[]): Promise<WorkItem[]> {
    const read = await Promise.allSettled(batch.map((item) => item.inputs()));
    return batch.filter((item, position) => {
      const outcome = read[position]!;
      if (outcome.status === 'rejected') settleFailed(item, outcome.reason);
      return outcome.status === 'fulfilled' && item.chunk.isOpen;
    });
  }

  async #runTogether(items: WorkItem[]): Promise<{ outputs: RawTensor[][]; computeMs: number }> {
    const { runner, batching } = this.parts;
    const wanted = items[0]!.chunk.claimed.outputs;
    const requests = await Promise.all(items.map((item) => item.inputs()));
    if (requests.length === 1) {
      const { outputs, computeMs } = await runner.run(requests[0]!, wanted);
      return { outputs: [outputs], computeMs };
    }
    const { outputs, computeMs } = await runner.run(batching.stack(requests), wanted);
    return { outputs: batching.split(outputs, items.map((item) => item.rows!)), computeMs };
  }

  async #store(item: WorkItem, outputs: RawTensor[]): Promise<void> {
    try {
      item.chunk.settle(item.index, { outputs: await this.parts.tensors.write(item, outputs) });
    } catch (error) {
      settleFailed(item, error);
    }
  }

  #failed(items: WorkItem[], error: unknown, elapsedMs: number): void {
    const code = error instanceof PlatformError ? error.code : 'INTERNAL_SERVER_ERROR';
    // Killed for a canceled job, or the runner is given up: the items are not to blame.
    if (code === 'JOB_CANCELED' || code === 'REPLICA_FAILED') return this.parts.again(items);
    this.parts.log.info({ code, reason: messageOf(error), batchSize: items.length, jobId: items[0]!.chunk.jobId }, 'run failed');
    share(items, elapsedMs);
    const again: WorkItem[] = [];
    for (const item of items) {
      item.failedRuns += 1;
      item.runsAlone = true;
      if (items.length > 1 || item.failedRuns < (RUNS[code] ?? 1)) again.push(item);
      else settleFailed(item, error);
    }
    this.parts.again(again);
  }
}

function settleFailed(item: WorkItem, error: unknown): void {
  const known = error instanceof PlatformError ? error : new PlatformError('INTERNAL_SERVER_ERROR', 'The run failed inside the platform.');
  item.chunk.settle(item.index, { error: { code: known.code, message: known.message } });
}

function share(items: WorkItem[], computeMs: number): void {
  const ownItems = new Map<ChunkWork, number>();
  for (const { chunk } of items) ownItems.set(chunk, (ownItems.get(chunk) ?? 0) + 1);
  for (const [chunk, own] of ownItems) chunk.ran({ computeMs, batchSize: items.length, ownItems: own });
}
