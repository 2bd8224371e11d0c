/**
 * What is pushed, one by one, to a single reader; what it has not taken yet is kept. `return()` takes effect at once, also while `next()` waits, which an
 * async generator cannot do.
 */
export class PushStream<Event> implements AsyncIterableIterator<Event> {
  readonly #kept: Event[] = [];
  #waiter: ((result: IteratorResult<Event>) => void) | null = null;
  #isEnded = false;
  #hasLeft = false;

  /** @param onLeave called once, when the reader leaves before the end */
  constructor(private readonly onLeave: () => void) {}

  push(event: Event): void {
    if (this.#isEnded || this.#hasLeft) return;
    if (this.#waiter) this.#settle({ value: event, done: false });
    else this.#kept.push(event);
  }

  /** Nothing more comes; what is kept is still read. */
  end(): void {
    this.#isEnded = true;
    this.#settle({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<Event>> {
    if (this.#kept.length > 0) return Promise.resolve({ value: this.#kept.shift()!, done: false });
    if (this.#isEnded || this.#hasLeft) return Promise.resolve({ value: undefined, done: true });
    // One reader asks for one after the other; whoever asks twice at a time gets an end for the first.
    this.#settle({ value: undefined, done: true });
    return new Promise((resolve) => { this.#waiter = resolve; });
  }

  return(): Promise<IteratorResult<Event>> {
    const isEarly = !this.#isEnded && !this.#hasLeft;
    this.#hasLeft = true;
    this.#kept.length = 0;
    this.#settle({ value: undefined, done: true });
    if (isEarly) this.onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }

  async throw(error: unknown): Promise<IteratorResult<Event>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(result: IteratorResult<Event>): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.(result);
  }
}
