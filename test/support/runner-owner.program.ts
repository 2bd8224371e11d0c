import { decodeTensor } from '../../platform/tensor/inline-tensor';
import { Runner } from '../../workers/runtime/runner';

/** A process that owns a runner, to be killed: starts it on the file it is given, prints the runner's pid, and stays. */
async function main([file, state]: string[]): Promise<void> {
  const { runner } = await Runner.start({ memoryBytes: 268_435_456, threads: 1, timeoutMs: 600_000, loadTimeoutMs: 60_000 }, file!);
  if (state === 'busy') void runner.run([{ inputs: [decodeTensor({ name: 'x', datatype: 'FP32', shape: [], json: 1 })], outputs: null }]);
  setImmediate(() => process.stdout.write(`${runner.pid}\n`));
  setInterval(() => undefined, 60_000);
}

void main(process.argv.slice(2));
