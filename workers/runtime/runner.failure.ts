import { PlatformError } from '../../platform/errors';
import type { RunnerExit } from './runner.process';

/** ONNX Runtime's errors carry no codes; this is the one place that reads its words. Checked with 1.30. */
const OUT_OF_MEMORY = anyOf(
  'bad_alloc',
  'failed to allocate memory',
  'out of memory',
  'process OOM',
  'cannot allocate memory',
  'array buffer allocation failed',
  'failed to map segment',
  'pthread_create failed',
);
const UNSUPPORTED = anyOf(
  String.raw`is not a registered function\/op`,
  'could not find an implementation',
  'NOT_IMPLEMENTED',
  String.raw`ONNX Runtime only \*guarantees\*`,
  'Unsupported model IR version',
  'Unsupported data type',
);
const MESSAGE_MAX_CHARACTERS = 1_000;

function isOutOfMemory(text: string): boolean {
  return OUT_OF_MEMORY.test(text);
}

/** Why a run ended with the runner that did it. */
export function deathOf({ exitCode, signal, stderr, isOverMemory }: RunnerExit): PlatformError {
  if (isOverMemory || isOutOfMemory(stderr)) return outOfMemory();
  const how = signal ? `signal ${signal}` : `exit code ${exitCode}`;
  const lastLine = readable(stderr.trim().split('\n').at(-1) ?? '');
  return new PlatformError('RUNNER_CRASHED', `The runner ended with ${how}${lastLine && `: ${lastLine}`}.`);
}

export function outOfMemory(): PlatformError {
  return new PlatformError(
    'DEVICE_OUT_OF_MEMORY',
    'The run needed more memory than its revision has; give the deployment more memoryBytes or send smaller inputs.',
  );
}

export function refusedRun(message: string): PlatformError {
  return isOutOfMemory(message) ? outOfMemory() : new PlatformError('INFERENCE_FAILED', readable(message));
}

export function refusedLoad(message: string): PlatformError {
  if (isOutOfMemory(message))
    return new PlatformError('DEVICE_OUT_OF_MEMORY', 'The model needs more memory to load than it was given; give it more memoryBytes.');
  return new PlatformError(UNSUPPORTED.test(message) ? 'MODEL_UNSUPPORTED' : 'MODEL_LOAD_FAILED', readable(message));
}

/** The runtime's message without its source lines and our file names. */
function readable(message: string): string {
  return message
    .replace(/\/onnxruntime_src\/\S+:\d+ .*?\) (?:const )?(?:\[with [^\]]*\] )?/g, '')
    .replace(/(?:Load model from )?\/\S+\.onnx( failed:)?\s*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MESSAGE_MAX_CHARACTERS);
}

function anyOf(...patterns: string[]): RegExp {
  return new RegExp(patterns.join('|'), 'i');
}
