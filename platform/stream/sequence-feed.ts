import type { EventBus, Topic } from '../bus/event-bus';
import { PlatformError } from '../errors';
import type { SequenceBatch, SequenceRequest } from './sequence-batch';
import { SequenceStream } from './sequence-stream';
import { streamTicker, type Ticker } from './ticker';

export interface SequenceFeedSettings<Event> {
  bus: EventBus;
  topic: Topic;
  /** Reads on for any number of streams in one statement; one answer per request, in order, an error where its stream must end with it. */
  read(requests: SequenceRequest[]): Promise<(SequenceBatch<Event> | PlatformError)[]>;
  seqOf(event: Event): number;
  ticker?: Ticker;
}

/**
 * Streams of numbered events, gap-free from a cursor: each subscribes to hints, reads what is behind its cursor, and reads on at each hint.
 * A stream reads only while its reader waits. All streams of the process that are due at the same time share one statement, and one is
 * under way at a time.
 */
export class SequenceFeed<Event> {
  readonly #due = new Set<SequenceStream<Event>>();
  #isReading = false;

  constructor(private readonly settings: SequenceFeedSettings<Event>) {}

  open(id: string, after: number): AsyncIterableIterator<Event> {
    const { bus, topic, seqOf, ticker = streamTicker } = this.settings;
    return new SequenceStream<Event>({
      id, after, seqOf,
      want: (stream) => this.#want(stream),
      listen: async (wake) => {
        const unsubscribe = await bus.subscribe(topic, id, wake);
        const unlisten = ticker.listen(wake);
        return () => { unsubscribe(); unlisten(); };
      },
    });
  }

  #want(stream: SequenceStream<Event>): void {
    this.#due.add(stream);
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => void this.#readAll());
  }

  /** Never rejects. */
  async #readAll(): Promise<void> {
    while (this.#due.size > 0) {
      const streams = [...this.#due];
      this.#due.clear();
      await this.#readFor(streams);
    }
    this.#isReading = false;
  }

  async #readFor(streams: SequenceStream<Event>[]): Promise<void> {
    try {
      const batches = await this.settings.read(streams.map((stream) => stream.take()));
      streams.forEach((stream, index) => stream.accept(batches[index]!));
    } catch (error) {
      // While the database is away the streams wait for the next tick.
      if (error instanceof PlatformError && error.code === 'UNAVAILABLE') return;
      for (const stream of streams) stream.fail(error);
    }
  }
}
