import { PlatformError, messageOf } from '../platform/errors';
import type { Log } from '../platform/log';
import type { RevisionSpec } from '../subgraphs/deployment/worker.contract';
import { pause } from './persistence';
import type { RunnerHandle, RunnerLoader, RunRequest, RunResult } from './runner.port';

/** Failures in a row to come up, or to stay up while idle, before the replica is given up. */
const MAX_FAILURES = 5;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A model whose runs always need so much would otherwise be loaded more often than it runs. */
const RECYCLE_EVERY_MS = 60_000;
/** A runner that lived this long did come up; its end begins a new row. */
const STEADY_MS = 60_000;

interface RunnerListener {
  restarting(): void;
  ready(): void;
  /** Given up; `run` rejects with REPLICA_FAILED from now on. */
  failed(error: PlatformError): void;
}

interface RunnerKeeperParts {
  loader: RunnerLoader;
  spec: RevisionSpec;
  file: string;
  listener: RunnerListener;
  log: Log;
}

/** Keeps one runner of a revision alive. Who runs a request waits for a live runner and never meets a dead one. */
export class RunnerKeeper {
  #live: Promise<RunnerHandle> = Promise.reject(new PlatformError('REPLICA_FAILED', 'The runner was not started.'));
  #current: RunnerHandle | null = null;
  /** Its end is the fault of what it runs, not its own. */
  #busy: RunnerHandle | null = null;
  #failures = 0;
  #recycledAt = -Infinity;
  readonly #closing = new AbortController();

  constructor(private readonly parts: RunnerKeeperParts) {
    this.#live.catch(() => undefined);
  }

  /** The first load is not repeated: a model that cannot be loaded is the deployment's business. @throws what the loader throws */
  async start(): Promise<void> {
    this.#live = this.#load();
    await this.#live;
  }

  /** @throws as the runner does, or REPLICA_FAILED once it was given up */
  async run(requests: RunRequest[]): Promise<RunResult[]> {
    const runner = await this.#live;
    this.#busy = runner;
    try {
      const results = await runner.run(requests);
      this.#failures = 0;
      if (runner.isBloated) this.#recycle(runner);
      return results;
    } catch (error) {
      // Replaced here and not at `exited`, which may come a moment later: the next run must not be sent to the dead.
      if (!(error instanceof PlatformError && error.code === 'INFERENCE_FAILED')) this.#replace(runner);
      throw error;
    } finally {
      this.#busy = null;
    }
  }

  /** A runner that is being replaced knows nothing of it any more. */
  forget(generation: string): void {
    this.#current?.forget(generation);
  }

  /** Ends the run in hand the hard way; a new runner follows at once. */
  kill(): void {
    const runner = this.#current;
    if (!runner) return;
    this.#replace(runner);
    runner.kill();
  }

  /** With `force` without waiting for anything. */
  async close(force = false): Promise<void> {
    this.#closing.abort();
    const runner = this.#current;
    if (!runner) return;
    if (force) runner.kill();
    else await runner.close();
  }

  async #load(): Promise<RunnerHandle> {
    const { loader, spec, file, listener, log } = this.parts;
    const runner = await loader.load(spec, file);
    if (this.#closing.signal.aborted) {
      await runner.close();
      throw new PlatformError('REPLICA_FAILED', 'The replica was stopped.');
    }
    this.#current = runner;
    const loadedAt = performance.now();
    void runner.exited.then(() => {
      if (this.#current !== runner || this.#closing.signal.aborted) return;
      if (this.#busy !== runner) {
        log.warn({ revisionId: spec.id }, 'idle runner ended by itself');
        this.#failures = performance.now() - loadedAt > STEADY_MS ? 1 : this.#failures + 1;
      }
      this.#replace(runner);
    });
    listener.ready();
    return runner;
  }

  /** Between two runs, before the memory it keeps makes one fail. */
  #recycle(runner: RunnerHandle): void {
    if (performance.now() - this.#recycledAt < RECYCLE_EVERY_MS) return;
    this.#recycledAt = performance.now();
    this.parts.log.info({ revisionId: this.parts.spec.id }, 'runner holds more memory than its revision has, and is replaced');
    this.#replace(runner);
  }

  /** Once per runner, whoever notices its end first. */
  #replace(runner: RunnerHandle): void {
    if (this.#current !== runner || this.#closing.signal.aborted) return;
    this.#current = null;
    runner.kill();
    this.parts.listener.restarting();
    this.#live = this.#revive();
    this.#live.catch(() => undefined);
  }

  async #revive(): Promise<RunnerHandle> {
    const { log, spec, listener } = this.parts;
    let reason = 'it ends by itself while idle';
    while (this.#failures < MAX_FAILURES && !this.#closing.signal.aborted) {
      if (this.#failures > 0) await pause(Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures), this.#closing.signal);
      try {
        return await this.#load();
      } catch (error) {
        this.#failures += 1;
        reason = messageOf(error);
        log.warn({ revisionId: spec.id, failures: this.#failures, reason }, 'runner not restarted');
      }
    }
    const error = new PlatformError('REPLICA_FAILED', `The runner failed ${MAX_FAILURES} times in a row: ${reason}`);
    if (!this.#closing.signal.aborted) listener.failed(error);
    throw error;
  }
}
