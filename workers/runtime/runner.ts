import { PlatformError } from '../../platform/errors';
import type { RunnerHandle, RunRequest, RunResult } from '../runner.port';
import type { ExecutionProvider } from './execution-provider';
import { deathOf, refusedLoad, refusedRun } from './runner.failure';
import { RunnerProcess, type RunnerCaps } from './runner.process';
import type { EdgeTensor, RunnerReply, RunnerRequest } from './runner.protocol';

/** An idle runner ends within milliseconds of being asked. */
const CLOSE_GRACE_MS = 2_000;

/** Of a runner that has loaded the runtime and no model, with room for requests and answers. */
const BARE_RESIDENT_BYTES = 96 * 1024 * 1024;

/** Of a revision's memory, for what generations keep between their steps. A step holds the old and the new of its own, and the rest is the model's. */
const CACHE_SHARE = 0.25;

export interface RunnerLimits {
  /** Wall clock of one run. */
  timeoutMs: number;
  /** Wall clock of starting the process and loading the model. */
  loadTimeoutMs: number;
  /** Tried in this order, the processor last; left out: the processor alone. */
  providers?: readonly ExecutionProvider[];
}

export interface RunnerSettings extends RunnerCaps, RunnerLimits {}

/** What the runtime sees of a model that it has loaded. */
export interface LoadedEdges {
  inputs: EdgeTensor[];
  outputs: EdgeTensor[];
  /** What computes it: the first of those wanted that took it. */
  provider: ExecutionProvider;
}

interface Pending {
  resolve(reply: RunnerReply): void;
  reject(error: PlatformError): void;
}

export interface LoadedRunner extends LoadedEdges {
  runner: Runner;
}

/** What ends a runner from our side, kept because its process cannot say why it was killed. */
type End = { error: PlatformError } | null;

/**
 * The worker's side of one runner process. After any rejection but INFERENCE_FAILED the process is dead or dying; its owner starts another.
 */
export class Runner implements RunnerHandle {
  readonly exited: Promise<void>;
  readonly #process: RunnerProcess;
  #pending: Pending | null = null;
  #end: End = null;
  #isGone = false;
  /** Of one run, once a model is loaded. */
  #timeoutMs = 0;
  #residentBytes = 0;

  private constructor(readonly caps: RunnerCaps) {
    this.#process = new RunnerProcess(caps, (reply) => this.#settle((pending) => pending.resolve(reply)));
    this.exited = this.#process.exited.then((exit) => {
      this.#isGone = true;
      this.#end ??= { error: deathOf(exit) };
      this.#settle((pending) => pending.reject(this.#end!.error));
    });
  }

  /**
   * Starts a process and loads the model into it.
   * @param file path of the model, in a folder of its own
   * @throws MODEL_LOAD_FAILED MODEL_UNSUPPORTED DEVICE_OUT_OF_MEMORY RUNNER_CRASHED and no process is left
   */
  static async start(settings: RunnerSettings, file: string): Promise<LoadedRunner> {
    const deadline = performance.now() + settings.loadTimeoutMs;
    const runner = await Runner.open(settings, settings.loadTimeoutMs);
    return { runner, ...(await runner.load(file, { ...settings, loadTimeoutMs: deadline - performance.now() })) };
  }

  /** Starts a process that has no model yet. @throws MODEL_LOAD_FAILED RUNNER_CRASHED and no process is left */
  static async open(caps: RunnerCaps, timeoutMs: number): Promise<Runner> {
    const runner = new Runner(caps);
    await runner.#orEnd(() => runner.#within(timeoutMs, () => loadedLate(timeoutMs), null));
    return runner;
  }

  /** Loads the one model that the process will run. @throws as `start` does, and no process is left */
  load(file: string, { timeoutMs, loadTimeoutMs, providers = ['cpu'] }: RunnerLimits): Promise<LoadedEdges> {
    this.#timeoutMs = timeoutMs;
    return this.#orEnd(async () => {
      const { threads, memoryBytes } = this.caps;
      const reply = await this.#within(loadTimeoutMs, () => loadedLate(loadTimeoutMs), { kind: 'load', file, threads, providers, cacheBytes: memoryBytes * CACHE_SHARE });
      if (reply.kind === 'loaded') return { inputs: reply.inputs, outputs: reply.outputs, provider: reply.provider };
      throw reply.kind === 'refused' ? refusedLoad(reply.message) : unexpected(reply);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isBloated(): boolean {
    return this.#residentBytes > BARE_RESIDENT_BYTES + this.caps.memoryBytes;
  }

  async run(requests: RunRequest[]): Promise<RunResult[]> {
    const timeoutMs = this.#timeoutMs;
    const late = () => new PlatformError('INFERENCE_TIMEOUT', `The run took longer than ${timeoutMs} ms and was ended.`);
    const reply = await this.#within(timeoutMs, late, { kind: 'run', requests });
    if (reply.kind === 'ran') {
      this.#residentBytes = reply.residentBytes;
      return reply.results;
    }
    const error = reply.kind === 'refused' ? refusedRun(reply.message) : unexpected(reply);
    // After a failed allocation the runtime's arena keeps what it got so far; a fresh process has all of the memory again.
    if (error.code !== 'INFERENCE_FAILED') this.#kill(error);
    throw error;
  }

  forget(generation: string): void {
    if (!this.#end && !this.#isGone) this.#process.send({ kind: 'forget', generation });
  }

  kill(): void {
    this.#kill(new PlatformError('JOB_CANCELED', 'The run was canceled.'));
  }

  async close(): Promise<void> {
    this.#end ??= { error: new PlatformError('JOB_CANCELED', 'The runner was closed.') };
    if (this.#pending) this.#process.kill();
    else this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill(), CLOSE_GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** The first reason stays: what follows from it is no news. */
  #kill(error: PlatformError): void {
    this.#end ??= { error };
    this.#process.kill();
    this.#settle((pending) => pending.reject(error));
  }

  /** What fails leaves no process behind. */
  async #orEnd<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.kill();
      await this.exited;
      throw error;
    }
  }

  /** Sends a request, if any, and waits for the next reply; SIGKILL when it is late, since nothing else stops native code. */
  async #within(timeoutMs: number, late: () => PlatformError, request: RunnerRequest | null): Promise<RunnerReply> {
    if (this.#pending) throw new PlatformError('INTERNAL_SERVER_ERROR', 'The runner takes one message at a time.');
    if (this.#end || this.#isGone) throw this.#end?.error ?? new PlatformError('RUNNER_CRASHED', 'The runner has ended.');
    const timer = setTimeout(() => this.#kill(late()), timeoutMs);
    try {
      return await new Promise<RunnerReply>((resolve, reject) => {
        this.#pending = { resolve, reject };
        if (request) this.#process.send(request);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #settle(settle: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending) settle(pending);
  }
}

function loadedLate(ms: number): PlatformError {
  return new PlatformError('MODEL_LOAD_FAILED', `The model was not loaded within ${Math.round(ms)} ms.`);
}

function unexpected(reply: RunnerReply): PlatformError {
  return new PlatformError('RUNNER_CRASHED', `The runner answered "${reply.kind}" out of turn.`);
}
