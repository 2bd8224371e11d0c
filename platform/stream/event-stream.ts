/**
 * Turns one iterator into another. Written out, because an `async function*` ignores `return()` while it awaits:
 * here `return()` answers at once, ends the source, and answers a `next()` that still waits.
 */
export class EventStream<Source, Event> implements AsyncIterableIterator<Event> {
  #waiting = new Set<(end: IteratorResult<Event>) => void>();
  #isEnded = false;

  constructor(
    private readonly source: AsyncIterator<Source>,
    private readonly map: (value: Source) => Promise<Event> | Event,
    /** Called once when the reader leaves or the source ends. */
    private readonly onEnd: () => void = () => {},
  ) {}

  next(): Promise<IteratorResult<Event>> {
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.#pull().then(resolve, (error: unknown) => {
        reject(error);
        void this.return();
      }).finally(() => this.#waiting.delete(resolve));
    });
  }

  return(): Promise<IteratorResult<Event>> {
    if (!this.#isEnded) {
      this.#end();
      // A source that cannot stop at once, or fails while stopping, must hold up nobody.
      void Promise.resolve(this.source.return?.()).catch(() => {});
    }
    return Promise.resolve({ value: undefined, done: true });
  }

  async throw(error: unknown): Promise<IteratorResult<Event>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #pull(): Promise<IteratorResult<Event>> {
    const result = await this.source.next();
    if (!result.done && !this.#isEnded) return { value: await this.map(result.value), done: false };
    this.#end();
    return { value: undefined, done: true };
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.onEnd();
  }
}
