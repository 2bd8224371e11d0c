import { PlatformError } from '../errors';
import type { SequenceBatch, SequenceRequest } from './sequence-batch';

export interface SequenceStreamSettings<Event> {
  id: string;
  after: number;
  seqOf(event: Event): number;
  /** Asks for a read on behalf of this stream. */
  want(stream: SequenceStream<Event>): void;
  /** Begins to listen for hints; resolves with what ends it. */
  listen(wake: () => void): Promise<() => void>;
}

type Waiter<Event> = { resolve: (result: IteratorResult<Event>) => void; reject: (reason: unknown) => void };

/** One reader of a `SequenceFeed`. `return()` takes effect at once, also while `next()` waits. */
export class SequenceStream<Event> implements AsyncIterableIterator<Event> {
  readonly #waiters: Waiter<Event>[] = [];
  readonly #buffer: Event[] = [];
  #after: number;
  #release: (() => void) | null = null;
  #state: 'new' | 'open' | 'complete' | 'done' = 'new';
  #isDue = true;

  constructor(private readonly settings: SequenceStreamSettings<Event>) {
    this.#after = settings.after;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Event>> {
    if (this.#buffer.length > 0) return Promise.resolve(this.#shift());
    if (this.#state === 'done' || this.#state === 'complete') return this.return();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#state === 'new') void this.#open();
      else this.#ask();
    });
  }

  return(): Promise<IteratorResult<Event>> {
    this.#buffer.length = 0;
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(reason: unknown): Promise<IteratorResult<Event>> {
    void this.return();
    return Promise.reject(reason);
  }

  /** What to read now; a hint that comes while it is read makes the stream due again. */
  take(): SequenceRequest {
    this.#isDue = false;
    return { id: this.settings.id, after: this.#after };
  }

  accept(batch: SequenceBatch<Event> | PlatformError): void {
    if (this.#state === 'done') return;
    if (batch instanceof PlatformError) return this.fail(batch);
    this.#buffer.push(...batch.events);
    const last = batch.events.at(-1);
    if (last !== undefined) this.#after = this.settings.seqOf(last);
    if (batch.hasMore) this.#isDue = true;
    if (batch.isComplete) this.#state = 'complete';
    while (this.#buffer.length > 0 && this.#waiters.length > 0) this.#waiters.shift()!.resolve(this.#shift());
    if (batch.isComplete && this.#waiters.length > 0) this.#end();
    else this.#ask();
  }

  fail(reason: unknown): void {
    this.#waiters.shift()?.reject(reason);
    this.#end();
  }

  async #open(): Promise<void> {
    this.#state = 'open';
    try {
      const release = await this.settings.listen(() => {
        this.#isDue = true;
        this.#ask();
      });
      // The reader may have left while the subscription was made.
      if (this.#isOver()) return release();
      this.#release = release;
      this.#ask();
    } catch (error) {
      this.fail(error);
    }
  }

  #ask(): void {
    if (this.#state === 'open' && this.#isDue && this.#waiters.length > 0 && this.#release) this.settings.want(this);
  }

  #shift(): IteratorResult<Event> {
    return { value: this.#buffer.shift()!, done: false };
  }

  #isOver(): boolean {
    return this.#state === 'done';
  }

  #end(): void {
    this.#state = 'done';
    this.#release?.();
    this.#release = null;
    this.#waiters.splice(0).forEach(({ resolve }) => resolve({ value: undefined, done: true }));
  }
}
