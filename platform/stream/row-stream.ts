import type { EventBus, Topic } from '../bus/event-bus';
import { PlatformError } from '../errors';
import { streamTicker, type Ticker } from './ticker';

export interface RowStreamSettings<Row> {
  bus: EventBus;
  topic: Topic;
  id: string;
  /**
   * Reads the row as it is now; null ends the stream. All streams re-read in the same turn every 2 s: give an uncached DataLoader's
   * `load`.
   */
  read: (id: string) => Promise<Row | null>;
  /** After a final row the stream ends. */
  isFinal: (row: Row) => boolean;
  /** Equal fingerprints are the same state, delivered once; by default the row's JSON. */
  fingerprint?: (row: Row) => unknown;
  ticker?: Ticker;
}

/**
 * The states of one row, latest wins: first as it is, then whenever it has changed, until it is final.
 *
 * It subscribes to hints before it reads, so no change falls between. It reads only while someone waits for the next state: a stalled
 * reader costs nothing and later gets the newest state alone. `return()` takes effect at once, also while `next()` waits, which an async
 * generator cannot do. While the database is away the stream waits; other errors of `read` end it.
 */
export function rowStream<Row>(settings: RowStreamSettings<Row>): AsyncIterableIterator<Row> {
  return new RowStream(settings);
}

type Waiter<Row> = { resolve: (result: IteratorResult<Row>) => void; reject: (reason: unknown) => void };

const NOTHING = Symbol('nothing delivered yet');

class RowStream<Row> implements AsyncIterableIterator<Row> {
  readonly #waiters: Waiter<Row>[] = [];
  #releases: (() => void)[] | null = null;
  #delivered: unknown = NOTHING;
  #isDue = true;
  #isPumping = false;
  #isDone = false;

  constructor(private readonly settings: RowStreamSettings<Row>) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Row>> {
    if (this.#isDone) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      void this.#pump();
    });
  }

  return(): Promise<IteratorResult<Row>> {
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(reason: unknown): Promise<IteratorResult<Row>> {
    this.#end();
    return Promise.reject(reason);
  }

  readonly #wake = (): void => {
    this.#isDue = true;
    void this.#pump();
  };

  /** Single-flight; never rejects. */
  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      if (!this.#releases) await this.#open();
      while (this.#isDue && !this.#isDone && this.#waiters.length > 0) await this.#look();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #open(): Promise<void> {
    const { bus, topic, id, ticker = streamTicker } = this.settings;
    this.#releases = [];
    const unsubscribe = await bus.subscribe(topic, id, this.#wake);
    // The reader may have left while the subscription was made.
    if (this.#isDone) unsubscribe();
    else this.#releases.push(unsubscribe, ticker.listen(this.#wake));
  }

  async #look(): Promise<void> {
    this.#isDue = false;
    const { read, id } = this.settings;
    const row = await read(id).catch((error: unknown) => {
      if (error instanceof PlatformError && error.code === 'UNAVAILABLE') return undefined;
      throw error;
    });
    if (this.#isDone || row === undefined) return;
    if (row === null) this.#end();
    else this.#offer(row);
  }

  #offer(row: Row): void {
    const { isFinal, fingerprint = JSON.stringify } = this.settings;
    const state: unknown = fingerprint(row);
    const isNews = state !== this.#delivered;
    this.#delivered = state;
    if (isNews) this.#waiters.shift()?.resolve({ value: row, done: false });
    if (isFinal(row)) this.#end();
  }

  #fail(reason: unknown): void {
    this.#waiters.shift()?.reject(reason);
    this.#end();
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#releases?.forEach((release) => release());
    this.#waiters.splice(0).forEach(({ resolve }) => resolve({ value: undefined, done: true }));
  }
}
