import { messageOf } from '../errors';
import type { Log } from '../log';

/**
 * A stack of `(name, close)`: what is opened last is closed first. Each opener pushes its own closer right where it opens.
 * `close` runs every closer once, even when one throws or hangs, and is safe to call twice.
 */
export class ShutdownStack {
  #closers: { name: string; close: () => Promise<unknown> | unknown }[] = [];
  #closing: Promise<void> | null = null;

  constructor(private readonly log: Log, private readonly closerTimeoutMs = 10_000) {}

  push(name: string, close: () => Promise<unknown> | unknown): void {
    this.#closers.push({ name, close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      const { name, close } = closer;
      try {
        await withTimeout(Promise.resolve().then(close), this.closerTimeoutMs);
        this.log.debug({ part: name }, 'closed');
      } catch (error) {
        this.log.error({ part: name, reason: messageOf(error) }, 'close failed');
      }
    }
  }
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not closed after ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
