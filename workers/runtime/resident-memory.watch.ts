import { execFile } from 'node:child_process';

const LOOK_EVERY_MS = 250;

interface WatchParts {
  pid: number;
  limitBytes: number;
  onExceeded: () => void;
}

/**
 * The memory cap where the system honours no address space limit: looks at the process's resident memory a few times a second. What is
 * allocated and touched between two looks gets through, so it is the second choice.
 */
export class ResidentMemoryWatch {
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly parts: WatchParts) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { pid, limitBytes, onExceeded } = this.parts;
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) => {
      // The process may be gone by now; its owner hears of that by itself.
      if (error || Number(stdout) * 1_024 <= limitBytes) return;
      this.stop();
      onExceeded();
    });
  }
}
