import { PlatformError, messageOf, type ErrorCode } from '../platform/errors';
import type { Log } from '../platform/log';
import type { RawTensor } from '../platform/tensor/tensor';
import type { ItemSource } from './item-source';
import type { RunRequest, RunResult, TensorBatching } from './runner.port';
import type { BatchPart, WorkItem } from './work-item';

/** Runs that may fail before an item fails that ran alone: a refusal and a timeout would only repeat, a fresh process may have the memory. */
const RUNS: Partial<Record<ErrorCode, number>> = { DEVICE_OUT_OF_MEMORY: 2, RUNNER_CRASHED: 2 };

interface BatchRunnerParts {
  runner: { run(requests: RunRequest[]): Promise<RunResult[]> };
  batching: TensorBatching;
  log: Log;
  /** Takes items that have to run again. */
  again: (items: WorkItem[]) => void;
  /** Told what each run took. */
  ran: (items: readonly WorkItem[], computeMs: number) => void;
}

/**
 * Runs batches and settles their items, so that one bad item fails alone. A batch that the runtime refused is bisected: its runner lives on, and of n items
 * with one at fault about 2·log n runs find it. After a timeout or a dead runner each item runs alone, once: halves would kill one runner after another.
 */
export class BatchRunner {
  constructor(private readonly parts: BatchRunnerParts) {}

  /** Back to back in one exchange with the runner, which costs as much as a small run; those it left out run again. */
  async run(batches: WorkItem[][], runnerFreeAt: number): Promise<void> {
    const readable = (await Promise.all(batches.map((batch) => this.#readable(batch)))).filter((items) => items.length > 0);
    if (readable.length === 0) return;
    const startedAt = performance.now();
    for (const { source } of readable.flat()) source.started(startedAt, runnerFreeAt);
    try {
      const requests = await Promise.all(readable.map((items) => this.#request(items)));
      const results = await this.parts.runner.run(requests);
      results.forEach((result, position) => this.#settle(readable[position]!, result));
      this.parts.again(readable.slice(results.length).flat());
    } catch (error) {
      this.#failed(readable, error, performance.now() - startedAt);
    }
  }

  /** Items whose blobs are gone fail here; the others run. */
  async #readable(batch: WorkItem[]): Promise<WorkItem[]> {
    const read = await Promise.allSettled(batch.map((item) => item.inputs()));
    return batch.filter((item, position) => {
      const outcome = read[position]!;
      if (outcome.status === 'rejected') settleFailed(item, outcome.reason);
      return outcome.status === 'fulfilled' && item.source.isOpen;
    });
  }

  async #request(items: WorkItem[]): Promise<RunRequest> {
    const { outputs, step } = items[0]!.source;
    if (step) return { inputs: [], outputs: null, step };
    const requests = await Promise.all(items.map((item) => item.inputs()));
    return { inputs: requests.length === 1 ? requests[0]! : this.parts.batching.stack(requests), outputs };
  }

  #settle(items: WorkItem[], { outputs, computeMs }: RunResult): void {
    this.parts.ran(items, computeMs);
    try {
      const split = items.length === 1 ? [outputs] : this.parts.batching.split(outputs, items.map((item) => item.extent!));
      share(items, computeMs);
      items.forEach((item, position) => void this.#store(item, split[position]!));
    } catch (error) {
      // It ran and gave what cannot be cut: no half would be better.
      for (const item of items) item.runsAlone = true;
      share(items, computeMs);
      this.parts.log.info({ reason: messageOf(error), batchSize: items.length, ...items[0]!.source.subject }, 'outputs of a batch do not come apart');
      this.parts.again(items);
    }
  }

  async #store(item: WorkItem, outputs: RawTensor[]): Promise<void> {
    try {
      item.source.settle(item.index, { outputs: await item.write(outputs) });
    } catch (error) {
      settleFailed(item, error);
    }
  }

  #failed(batches: WorkItem[][], error: unknown, elapsedMs: number): void {
    const [first, ...others] = batches;
    if (codeOf(error) === 'INFERENCE_FAILED') {
      // The runtime refused the first and ran no other.
      this.parts.again(others.flat());
      return this.#batchFailed(first!, error, elapsedMs);
    }
    if (others.length === 0) return this.#batchFailed(first!, error, elapsedMs);
    const items = batches.flat();
    if (!isBlameless(error)) for (const item of items) item.runsAlone = true;
    this.parts.again(items);
  }

  #batchFailed(items: WorkItem[], error: unknown, elapsedMs: number): void {
    const code = codeOf(error);
    if (isBlameless(error)) return this.parts.again(items);
    this.parts.log.info({ code, reason: messageOf(error), batchSize: items.length, ...items[0]!.source.subject }, 'run failed');
    share(items, elapsedMs);
    if (code === 'INFERENCE_FAILED' && items.length > 1) return this.parts.again(bisected(items));
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

/** The same items in two parts, each of which runs by itself. */
function bisected(items: WorkItem[]): WorkItem[] {
  const middle = Math.ceil(items.length / 2);
  for (const half of [items.slice(0, middle), items.slice(middle)]) {
    const part: BatchPart = { items: half };
    for (const item of half) item.part = part;
  }
  return items;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof PlatformError ? error.code : 'INTERNAL_SERVER_ERROR';
}

/** Killed for a canceled job, or the runner is given up: the items are not to blame. */
function isBlameless(error: unknown): boolean {
  return codeOf(error) === 'JOB_CANCELED' || codeOf(error) === 'REPLICA_FAILED';
}

function settleFailed(item: WorkItem, error: unknown): void {
  const known = error instanceof PlatformError ? error : new PlatformError('INTERNAL_SERVER_ERROR', 'The run failed inside the platform.');
  item.source.settle(item.index, { error: { code: known.code, message: known.message } });
}

function share(items: WorkItem[], computeMs: number): void {
  const ownItems = new Map<ItemSource, number>();
  for (const { source } of items) ownItems.set(source, (ownItems.get(source) ?? 0) + 1);
  for (const [source, own] of ownItems) source.ran({ computeMs, batchSize: items.length, ownItems: own });
}
