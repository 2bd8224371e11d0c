import { fork, type ChildProcess } from 'node:child_process';
import type { MetricObject } from 'prom-client';
import { childEntry } from '../platform/process/child-entry';
import { messageOf } from '../platform/errors';
import type { Log } from '../platform/log';
import { replicaMemoryBytes } from './machine';
import { askMetrics } from './metrics/metrics.channel';
import { pause, within } from './persistence';

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
/** What telling of a lost worker may take; Postgres may be away just now. */
const TELL_MS = 2_000;
/** Longer than a worker's own grace for what it runs, its last statements and its runners. */
const STOP_MS = 20_000;

export interface SupervisorSettings {
  /** One worker process each; stable, so that a restarted worker takes over what its name had. */
  names: readonly string[];
  /** The whole environment of a worker but its name. */
  environment: NodeJS.ProcessEnv;
  /** Told of every worker that ended without being asked to, so that what it ran need not wait for missed heartbeats. */
  lost?: (name: string, pid: number) => Promise<void>;
  log: Log;
}

/**
 * Forks worker processes and keeps them alive. Each holds the other end of an IPC channel and ends when it closes, so that no worker
 * outlives this process, not even a SIGKILL.
 */
export class WorkerSupervisor {
  readonly #children = new Map<string, ChildProcess>();
  readonly #stopping = new AbortController();
  #keepers: Promise<void>[] = [];

  constructor(private readonly settings: SupervisorSettings) {}

  start(): void {
    this.#keepers = this.settings.names.map((name) => this.#keepAlive(name));
  }

  /** Process ids of the workers that live now. */
  get pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
  }

  /** What Prometheus is told of the workers that live now. */
  async metrics(): Promise<MetricObject[][]> {
    return Promise.all([...this.#children.values()].map(askMetrics));
  }

  /** SIGTERM to all, and SIGKILL to those that do not end in time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const child of this.#children.values()) child.kill('SIGTERM');
    await within(Promise.all(this.#keepers), STOP_MS);
    for (const child of this.#children.values()) child.kill('SIGKILL');
    await Promise.all(this.#keepers);
  }

  async #keepAlive(name: string): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const { how, pid, hasRegistered } = await this.#run(name);
      if (this.#stopping.signal.aborted) return;
      if (hasRegistered) await within(this.#tellLost(name, pid), TELL_MS);
      // Only starts that fail are worth waiting longer and longer for; a worker that served and was killed is missed.
      failures = hasRegistered ? 1 : failures + 1;
      const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
      this.settings.log.warn({ worker: name, how, backoffMs }, 'worker ended, starting another');
      await pause(backoffMs, this.#stopping.signal);
    }
  }

  async #tellLost(name: string, pid: number): Promise<void> {
    try {
      await this.settings.lost?.(name, pid);
    } catch (error) {
      this.settings.log.debug({ worker: name, reason: messageOf(error) }, 'lost worker not told, its successor or its silence will');
    }
  }

  /** Resolves once the process has ended. */
  #run(name: string): Promise<{ how: string; pid: number; hasRegistered: boolean }> {
    const { file, execArgv } = childEntry('workers/main');
    const { names, environment } = this.settings;
    // They share one machine: each by itself would take the whole of it for its own.
    const env = { WORKER_MEMORY_BYTES: String(replicaMemoryBytes(names.length)), ...environment, WORKER_NAME: name };
    const child = fork(file, { execArgv, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#children.set(name, child);
    let hasRegistered = false;
    // Nobody asks for its metrics before it has said this.
    child.once('message', () => { hasRegistered = true; });
    return new Promise((resolve) => {
      const ended = (how: string): void => {
        if (this.#children.get(name) === child) this.#children.delete(name);
        resolve({ how, pid: child.pid ?? 0, hasRegistered });
      };
      child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
      child.once('error', (error) => { if (child.pid === undefined) ended(error.message); });
    });
  }
}
