import { PlatformError } from '../../platform/errors';

/**
 * Events of a source that cannot wait for its reader. They are held up to a bound; past it the stream fails, since dropping some
 * would break the promise that event logs are free of gaps: a client comes back with its cursor.
 */
export class PushedEvents<Event> implements AsyncIterableIterator<Event> {
  #events: Event[] = [];
  #waiting: { resolve: (result: IteratorResult<Event>) => void; reject: (reason: unknown) => void }[] = [];
  #failure: Error | null = null;
  #isEnded = false;

  constructor(private readonly maxEvents: number, private readonly onReturn: () => void) {}

  push(event: Event): void {
    if (this.#isEnded) return;
    const next = this.#waiting.shift();
    if (next) return next.resolve({ value: event, done: false });
    this.#events.push(event);
    if (this.#events.length <= this.maxEvents) return;
    this.#events = [];
    const message = `More than ${this.maxEvents} events waited for a reader that was too slow; subscribe again from the last one seen.`;
    this.#failure = new PlatformError('UNAVAILABLE', message);
    this.end();
    this.onReturn();
  }

  /** What was pushed before is still read. */
  end(): void {
    this.#isEnded = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<Event>> {
    if (this.#events.length > 0) return Promise.resolve({ value: this.#events.shift()!, done: false });
    const failure = this.#failure;
    this.#failure = null;
    if (failure) return Promise.reject(failure);
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
  }

  return(): Promise<IteratorResult<Event>> {
    this.#events = [];
    if (!this.#isEnded) {
      this.end();
      this.onReturn();
    }
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
