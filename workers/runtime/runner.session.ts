import { env, InferenceSession, type Tensor } from 'onnxruntime-node';
import { readDecoder } from '../../platform/generation/decoder';
import type { RunRequest, RunResult, StepRequest } from '../runner.port';
import { firstThatWorks, type ExecutionProvider } from './execution-provider';
import { Decoding } from './generation/decoding';
import { signatureOf } from './generation/session-signature';
import { datatypeOf, fromOrtTensor, toOrtTensor } from './ort-tensor';
import type { EdgeTensor, RunnerRequest } from './runner.protocol';

env.logLevel = 'fatal';

/** What the worker and the tensor store take; a model that gives more must not fill the worker's memory. */
const OUTPUTS_MAX_BYTES = 256 * 1024 * 1024;
/** An answer that would be late or large is sent with the results there are; what was not run is asked again. */
const ANSWER_AFTER_MS = 4;
const ANSWER_AFTER_BYTES = 1024 * 1024;

type LoadRequest = Extract<RunnerRequest, { kind: 'load' }>;

/**
 * One loaded model. The options are ours alone: a user's `optimizedModelFilePath` or profiling would write anywhere.
 */
export class RunnerSession {
  #decoding: Decoding | null = null;

  private constructor(private readonly session: InferenceSession, readonly provider: ExecutionProvider, private readonly cacheBytes: number) {}

  /** By path and not by bytes: the runtime then refuses external data outside the model's own folder. */
  static async load({ file, threads, providers, cacheBytes }: LoadRequest): Promise<RunnerSession> {
    const { provider, result } = await firstThatWorks(providers, (wanted) => InferenceSession.create(file, {
      executionProviders: [wanted],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // Spinning threads would take the cores that the other runners wait for.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    }));
    return new RunnerSession(result, provider, cacheBytes);
  }

  get inputs(): EdgeTensor[] {
    return this.session.inputMetadata.map(edge);
  }

  get outputs(): EdgeTensor[] {
    return this.session.outputMetadata.map(edge);
  }

  /** The results of the first requests, at least one. Throws when the runtime refuses the first; a later one is left to be asked again. */
  async runAll([first, ...others]: readonly RunRequest[]): Promise<RunResult[]> {
    if (!first) return [];
    const endAt = performance.now() + ANSWER_AFTER_MS;
    const results = [await this.#run(first)];
    for (const request of others) {
      if (performance.now() > endAt || sizeOf(results) > ANSWER_AFTER_BYTES) break;
      const result = await this.#run(request).catch(() => null);
      if (!result) break;
      results.push(result);
    }
    return results;
  }

  /** Nothing more follows in this generation. */
  forget(generation: string): void {
    this.#decoding?.forget(generation);
  }

  async #step(request: StepRequest): Promise<RunResult> {
    this.#decoding ??= new Decoding(this.session, readDecoder(signatureOf(this.session)), this.cacheBytes);
    const { token, computeMs } = await this.#decoding.step(request);
    return { outputs: [{ name: 'token', datatype: 'INT32', shape: [1], data: new Uint8Array(Int32Array.of(token).buffer) }], computeMs };
  }

  /** Blocks this thread until the model is through; `computeMs` is the runtime's own share. */
  async #run({ inputs, outputs, step }: RunRequest): Promise<RunResult> {
    if (step) return this.#step(step);
    const feeds: Record<string, Tensor> = {};
    for (const input of inputs) feeds[input.name] = toOrtTensor(input);
    const wanted = outputs ?? [...this.session.outputNames];
    const startedAt = performance.now();
    const results = await this.session.run(feeds, wanted);
    const computeMs = performance.now() - startedAt;
    const result = { outputs: wanted.map((name) => fromOrtTensor(name, results[name]!)), computeMs };
    const bytes = sizeOf([result]);
    if (bytes > OUTPUTS_MAX_BYTES) throw new Error(`The outputs hold ${bytes} bytes; at most ${OUTPUTS_MAX_BYTES} are taken from one run.`);
    return result;
  }
}

function sizeOf(results: readonly RunResult[]): number {
  return results.reduce((total, { outputs }) => outputs.reduce((sum, { data }) => sum + data.byteLength, total), 0);
}

function edge(metadata: InferenceSession.ValueMetadata): EdgeTensor {
  return { name: metadata.name, datatype: metadata.isTensor ? datatypeOf(metadata.type) : null };
}
