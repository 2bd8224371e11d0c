import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { childEntry } from '../../platform/process/child-entry';
import { ResidentMemoryWatch } from './resident-memory.watch';
import { LIFELINE_FD, type RunnerReply, type RunnerRequest } from './runner.protocol';

/**
 * The address space of a runner without a model: Node with ONNX Runtime maps 0.77 GiB on Linux x64 and touches 80 MB of it. The revision's
 * memory comes on top.
 */
const BASE_ADDRESS_SPACE_BYTES = 896 * 1024 * 1024;
/** 8 MiB of stack and what the allocator keeps for it. */
const THREAD_ADDRESS_SPACE_BYTES = 12 * 1024 * 1024;
/** Of a runner without a model it is 80 MB; the rest is room for requests and answers. */
const BASE_RESIDENT_BYTES = 256 * 1024 * 1024;
const STDERR_KEPT_CHARACTERS = 8_192;

/** `exec` leaves one process: its id is the runner's own. A hard limit that is lower already stays. */
const CAPPED = 'ulimit -v "$1" 2>/dev/null; shift; exec "$@"';

/** macOS accepts `ulimit -v` and does not honour it. */
const hasAddressSpaceLimit = process.platform === 'linux';

export interface RunnerCaps {
  /** Memory of model and run, beyond the runner's base. */
  memoryBytes: number;
  threads: number;
}

export interface RunnerExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it wrote to stderr. */
  stderr: string;
  /** It was ended because it held more memory than its cap. */
  isOverMemory: boolean;
}

/** A runner's process, its pipe and its end; knows nothing of what the messages mean. */
export class RunnerProcess {
  readonly exited: Promise<RunnerExit>;
  readonly #child: ChildProcess;
  #stderr = '';
  #isOverMemory = false;

  constructor(caps: RunnerCaps, onReply: (reply: RunnerReply) => void) {
    const { file, execArgv } = childEntry('workers/runtime/runner.main');
    const node = [process.execPath, '--v8-pool-size=1', ...execArgv, file];
    this.#child = spawn('/bin/sh', ['-c', CAPPED, 'sh', addressSpaceKiB(caps), ...node], {
      cwd: '/',
      // Nothing of ours: the model is a stranger's. One malloc arena per core would eat the address space.
      env: { MALLOC_ARENA_MAX: '2' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
      serialization: 'advanced',
    });
    this.#child.on('message', (reply) => onReply(reply as RunnerReply));
    const stderr = this.#child.stderr as Readable;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    for (const stream of this.#child.stdio) stream?.on('error', () => undefined);
    this.exited = this.#end(stderr, this.#watchMemory(caps.memoryBytes));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** False when the process is gone; its end is told by `exited`. */
  send(request: RunnerRequest): void {
    this.#child.send(request, () => undefined);
  }

  /** Asks an idle runner to end. */
  disconnect(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The child's own `close` event does not come after a disconnect from this side, so exit and the end of stderr are awaited apart. */
  async #end(stderr: Readable, watch: ResidentMemoryWatch | null): Promise<RunnerExit> {
    const isRead = new Promise<void>((resolve) => {
      stderr.once('close', resolve);
    });
    const exit = new Promise<Pick<RunnerExit, 'exitCode' | 'signal'>>((resolve) => {
      this.#child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        resolve({ exitCode: null, signal: null });
      });
    });
    const { exitCode, signal } = await exit;
    watch?.stop();
    this.#child.stdio[LIFELINE_FD]?.destroy();
    await isRead;
    return { exitCode, signal, stderr: this.#stderr, isOverMemory: this.#isOverMemory };
  }

  #watchMemory(memoryBytes: number): ResidentMemoryWatch | null {
    if (hasAddressSpaceLimit || this.pid === undefined) return null;
    const onExceeded = () => {
      this.#isOverMemory = true;
      this.kill();
    };
    return new ResidentMemoryWatch({ pid: this.pid, limitBytes: BASE_RESIDENT_BYTES + memoryBytes, onExceeded });
  }
}

function addressSpaceKiB({ memoryBytes, threads }: RunnerCaps): string {
  if (!hasAddressSpaceLimit) return 'unlimited';
  return String(Math.ceil((BASE_ADDRESS_SPACE_BYTES + threads * THREAD_ADDRESS_SPACE_BYTES + memoryBytes) / 1_024));
}
