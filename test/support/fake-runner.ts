import { PlatformError, type ErrorCode } from '../../platform/errors';
import type { RawTensor } from '../../platform/tensor/tensor';
import type { RunnerHandle, RunnerLoader, RunRequest, RunResult } from '../../workers/runner.port';

/** What a row of an INT32 input makes the fake runner do; every other number is echoed. */
export const DEEDS = { REFUSE: -1, CRASH: -2, EXHAUST: -3, TIMEOUT: -4, HANG: -5, GROW: -6 } as const;

const CODES = new Map<number, ErrorCode>([
  [DEEDS.REFUSE, 'INFERENCE_FAILED'], [DEEDS.CRASH, 'RUNNER_CRASHED'], [DEEDS.EXHAUST, 'DEVICE_OUT_OF_MEMORY'], [DEEDS.TIMEOUT, 'INFERENCE_TIMEOUT'],
]);

export function numbers(...values: number[]): RawTensor[] {
  return [{ name: 'x', datatype: 'INT32', shape: [values.length], data: new Uint8Array(Int32Array.from(values).buffer) }];
}

export function valuesOf(tensor: RawTensor): number[] {
  return [...new Int32Array(tensor.data.slice().buffer)];
}

/** Runners that crash, hang and refuse on command, in process. */
export class FakeRunners implements RunnerLoader {
  /** Rows of every run, in order. */
  readonly runs: number[][] = [];
  readonly alive: FakeRunner[] = [];
  loads = 0;
  /** Runners hold too much memory from now on. */
  isBloated = false;
  /** Makes loading fail. */
  loadError: PlatformError | null = null;
  /** Each run waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** Each load waits for it. */
  loadGate: Promise<void> = Promise.resolve();

  async load(): Promise<RunnerHandle> {
    this.loads += 1;
    await new Promise(setImmediate);
    await this.loadGate;
    if (this.loadError) throw this.loadError;
    const runner = new FakeRunner(this);
    this.alive.push(runner);
    return runner;
  }
}

export class FakeRunner implements RunnerHandle {
  #rejectRun: (error: PlatformError) => void = () => undefined;
  #resolveExited: () => void = () => undefined;
  readonly exited = new Promise<void>((resolve) => { this.#resolveExited = resolve; });
  #isDead = false;

  constructor(private readonly owner: FakeRunners) {}

  get isBloated(): boolean {
    return this.owner.isBloated;
  }

  async run(requests: RunRequest[]): Promise<RunResult[]> {
    const results: RunResult[] = [];
    for (const { inputs } of requests) {
      const result = await this.#run(inputs).catch((error: unknown) => error);
      if (!(result instanceof Error)) results.push(result as RunResult);
      else if (results.length === 0 || this.#isDead) throw result;
      else break;
    }
    return results;
  }

  async #run(inputs: RawTensor[]): Promise<RunResult> {
    if (this.#isDead) throw new Error('A dead runner was asked to run.');
    const rows = valuesOf(inputs[0]!);
    this.owner.runs.push(rows);
    const killed = new Promise<never>((_, reject) => { this.#rejectRun = reject; });
    killed.catch(() => undefined);
    await Promise.race([this.owner.gate, killed]);
    if (rows.includes(DEEDS.HANG)) await killed;
    const code = rows.map((row) => CODES.get(row)).find(Boolean);
    if (code && code !== 'INFERENCE_FAILED') this.end();
    if (code) throw new PlatformError(code, `deed ${rows.join(' ')}`);
    return { outputs: [rows.includes(DEEDS.GROW) ? big() : { ...inputs[0]!, name: 'y' }], computeMs: 1 };
  }

  forget(): void {
    // It keeps nothing of generations.
  }

  kill(): void {
    this.end();
    this.#rejectRun(new PlatformError('JOB_CANCELED', 'killed'));
  }

  /** Ends by itself. */
  end(): void {
    this.#isDead = true;
    const position = this.owner.alive.indexOf(this);
    if (position >= 0) this.owner.alive.splice(position, 1);
    this.#resolveExited();
  }

  async close(): Promise<void> {
    this.end();
  }
}

function big(): RawTensor {
  return { name: 'y', datatype: 'UINT8', shape: [70_000], data: new Uint8Array(70_000) };
}
