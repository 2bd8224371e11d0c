/**
 * One timer for any number of listeners, running only while there are some. Listeners are called in one turn, so that what they read can
 * be batched.
 */
export class Ticker {
  #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly everyMs: number) {}

  /** The returned function ends it and may be called twice. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => [...this.#listeners].forEach((tick) => tick()), this.everyMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || !this.#timer) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }
}

/** Repairs lost hints: every open stream of the process looks at its row again. */
export const streamTicker = new Ticker(2_000);
