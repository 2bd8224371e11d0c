/** One entry of a queue: an id and the routing facts, never a payload. */
export interface QueueEntry {
  /** Adding the same id twice while it waits is one entry. Neither an integer nor holding a colon. */
  id: string;
  data: EntryData;
  /** 1 is served first, 2_097_151 last; 0 is before all and FIFO (BullMQ's own scale). */
  priority: number;
}

/** The chunks that an entry is about, at least one: short ones share an entry, since moving it costs more than running them. */
export type EntryData = readonly [EntryLease, ...EntryLease[]];

export interface EntryLease {
  jobId: string;
  chunk: number;
  /** The fencing token: a claim matches only the lease the row holds now. */
  lease: number;
}

export interface Delivery {
  /** Not the first time: its consumer died, or was late to say that it lives. */
  isRepeated: boolean;
}

export type EntryHandler = (entry: EntryData, delivery: Delivery) => Promise<void>;

export interface QueueProducer {
  addAll(entries: QueueEntry[]): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumerSettings {
  /** Entries held at a time; each is held until its handler settles. */
  concurrency: number;
}

export interface QueueConsumer {
  /** Holds at most so many entries from now on; what is held above that is finished first. */
  resize(concurrency: number): void;
  /** Stops taking entries, waits for the handlers in hand; with `force` entries in hand go back by stall detection. */
  close(force?: boolean): Promise<void>;
}

/**
 * BullMQ on Redis, or BullMQ's own PostgreSQL backend. BullMQ only transports: `attempts: 1`, finished entries are removed at once, a high
 * `maxStalledCount`; whether work is tried again is decided by its row.
 *
 * - An entry is delivered at least once. Its handler's rejection drops it like success does (the row decides), and is logged.
 * - Entries survive a restart of the backend as far as the backend is durable; `epoch` tells when it was not.
 * - While the backend is away `addAll` rejects with UNAVAILABLE within 5 s, consumers resume by themselves.
 */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  producer(queue: string): QueueProducer;
  consume(queue: string, handler: EntryHandler, settings: ConsumerSettings): Promise<QueueConsumer>;
  /** Deletes a queue with all it holds; used when its revision is gone for good. */
  obliterate(queue: string): Promise<void>;
  /**
   * A random mark kept inside the backend, made when absent. When it differs from the one seen before, the backend lost its entries
   * (flushed, restored) and every non-final row must be enqueued again.
   */
  epoch(): Promise<string>;
  close(): Promise<void>;
}

/** The queue of one revision; only workers that have the revision loaded consume it. */
export function revisionQueue(revisionId: string): string {
  return `revision-${revisionId}`;
}
