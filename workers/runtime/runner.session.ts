import { env, InferenceSession, type Tensor } from 'onnxruntime-node';
import type { RawTensor } from '../../platform/tensor/tensor';
import { datatypeOf, fromOrtTensor, toOrtTensor } from './ort-tensor';
import type { EdgeTensor } from './runner.protocol';

env.logLevel = 'fatal';

/** What the worker and the tensor store take; a model that gives more must not fill the worker's memory. */
const OUTPUTS_MAX_BYTES = 256 * 1024 * 1024;

/**
 * One loaded model. The options are ours alone: a user's `optimizedModelFilePath` or profiling would write anywhere.
 */
export class RunnerSession {
  private constructor(private readonly session: InferenceSession) {}

  /** By path and not by bytes: the runtime then refuses external data outside the model's own folder. */
  static async load(file: string, threads: number): Promise<RunnerSession> {
    const session = await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // Spinning threads would take the cores that the other runners wait for.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return new RunnerSession(session);
  }

  get inputs(): EdgeTensor[] {
    return this.session.inputMetadata.map(edge);
  }

  get outputs(): EdgeTensor[] {
    return this.session.outputMetadata.map(edge);
  }

  /** Blocks this thread until the model is through; `computeMs` is the runtime's own share. */
  async run(inputs: RawTensor[], outputs: string[] | null): Promise<{ outputs: RawTensor[]; computeMs: number }> {
    const feeds: Record<string, Tensor> = {};
    for (const input of inputs) feeds[input.name] = toOrtTensor(input);
    const wanted = outputs ?? [...this.session.outputNames];
    const startedAt = performance.now();
    const results = await this.session.run(feeds, wanted);
    const computeMs = performance.now() - startedAt;
    const given = wanted.map((name) => fromOrtTensor(name, results[name]!));
    const bytes = given.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (bytes > OUTPUTS_MAX_BYTES) throw new Error(`The outputs hold ${bytes} bytes; at most ${OUTPUTS_MAX_BYTES} are taken from one run.`);
    return { outputs: given, computeMs };
  }
}

function edge(metadata: InferenceSession.ValueMetadata): EdgeTensor {
  return { name: metadata.name, datatype: metadata.isTensor ? datatypeOf(metadata.type) : null };
}
