import { PlatformError } from '../../platform/errors';
import type { Signature, TensorSpec } from '../../platform/tensor/tensor';
import { inFolderOfItsOwn, type ModelFiles } from './own-folder';
import { Runner } from './runner';
import type { EdgeTensor } from './runner.protocol';

export interface ProbeRequest {
  files: ModelFiles;
  /** What inspection read from the file. */
  signature: Signature;
  limits: { memoryBytes: number; timeoutMs: number };
}

/**
 * Loads a model in a capped process that is thrown away, and compares what the runtime sees with what inspection read.
 * @throws MODEL_LOAD_FAILED when the runtime refuses it, runs out of its limits, or sees another signature
 * @throws MODEL_UNSUPPORTED when the runtime knows an operator or type of it not
 */
export async function probeModel({ files, signature, limits }: ProbeRequest): Promise<void> {
  const settings = { memoryBytes: limits.memoryBytes, threads: 1, timeoutMs: limits.timeoutMs, loadTimeoutMs: limits.timeoutMs };
  try {
    const { runner, inputs, outputs } = await inFolderOfItsOwn(files, (alone) => Runner.start(settings, alone));
    runner.kill();
    await runner.exited;
    compare('input', signature.inputs, inputs);
    compare('output', signature.outputs, outputs);
  } catch (error) {
    throw asLoadFailure(error);
  }
}

function compare(side: 'input' | 'output', specs: readonly TensorSpec[], edges: readonly EdgeTensor[]): void {
  const expected = specs
    .map(({ name, datatype }) => `${name} ${datatype}`)
    .sort()
    .join(', ');
  const came = edges
    .map(({ name, datatype }) => `${name} ${datatype ?? 'no tensor'}`)
    .sort()
    .join(', ');
  if (expected !== came)
    throw new PlatformError(
      'MODEL_LOAD_FAILED',
      `The file declares the ${side}s ${expected || 'none'}; the runtime sees ${came || 'none'}.`,
    );
}

/** Running out of memory or crashing are reasons here, not outcomes of a run. */
function asLoadFailure(error: unknown): unknown {
  if (!(error instanceof PlatformError) || error.code === 'MODEL_UNSUPPORTED' || error.code === 'MODEL_LOAD_FAILED') return error;
  return new PlatformError('MODEL_LOAD_FAILED', error.message, {}, { cause: error });
}
