import type { Datatype } from '../../platform/tensor/datatype';
import type { ExecutionProvider } from './execution-provider';
import type { RunRequest, RunResult } from '../runner.port';

/**
 * What worker and runner say to each other over child IPC with `serialization: 'advanced'`: tensor bytes travel raw (1 ms per MB), never
 * as number arrays. One message at a time, each answered once, but for `forget`; a runner that must not go on is killed, not asked.
 */
export type RunnerRequest =
  | { kind: 'load'; file: string; threads: number; providers: readonly ExecutionProvider[]; cacheBytes: number }
  | { kind: 'run'; requests: RunRequest[] }
  /** Of a generation that has ended; not answered. */
  | { kind: 'forget'; generation: string };

export interface EdgeTensor {
  name: string;
  /** Null: no tensor, or of a type that the platform does not serve. */
  datatype: Datatype | null;
}

export type RunnerReply =
  /** Sent once, unasked: the runtime is loaded and requests are read. */
  | { kind: 'ready' }
  | { kind: 'loaded'; inputs: EdgeTensor[]; outputs: EdgeTensor[]; provider: ExecutionProvider }
  /** The results of the first requests, at least one. */
  | { kind: 'ran'; results: RunResult[]; residentBytes: number }
  /** The runtime refused to load, or the first of the requests; the message is its own. */
  | { kind: 'refused'; message: string };

/** The descriptor of the pipe whose end tells the runner that its worker is gone. */
export const LIFELINE_FD = 4;
