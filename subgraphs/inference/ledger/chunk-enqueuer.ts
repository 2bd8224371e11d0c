import type { Database } from '../../../platform/database/database';
import { messageOf } from '../../../platform/errors';
import { groupBy } from '../../../platform/collection/group-by';
import type { Log } from '../../../platform/log';
import { revisionQueue, type QueueBackend, type QueueProducer } from '../../../platform/queue/queue';
import type { Lease } from '../worker.contract';
import { enqueuedStatement } from './enqueued.statement';
import { packEntries } from './entry-packing';
import type { QueuedChunk } from './give-back.statement';

/** Most chunks are claimed sooner than this, and a claim stamps its row anyway: waiting saves their stamp. */
const STAMP_DELAY_MS = 1_000;
/** What one statement takes. */
const STAMPS_MAX = 5_000;

/**
 * Puts chunks into the queues of their revisions once their rows are committed. It never throws: while the queue is away the rows stay
 * without a stamp, and the sweeper enqueues them again.
 */
export class ChunkEnqueuer {
  readonly #producers = new Map<string, QueueProducer>();
  readonly #sending = new Set<Promise<void>>();
  #gathered: QueuedChunk[] = [];
  #unstamped: Lease[] = [];
  /** Chunks that the queue did not take since it was last there. */
  #left = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly database: Database, private readonly queue: QueueBackend, private readonly log: Log) {}

  /** Resolves with the number of chunks that the queue took. */
  async enqueue(chunks: readonly QueuedChunk[]): Promise<number> {
    const sent = await Promise.all([...groupBy(chunks, (chunk) => chunk.revisionId)].map(([revisionId, part]) => this.#send(revisionId, part)));
    return sent.reduce((sum, count) => sum + count, 0);
  }

  /** As `enqueue`, for callers that must not wait for a queue that is away; submits of one statement arrive in one turn and share one `addBulk`. */
  enqueueSoon(chunks: readonly QueuedChunk[]): void {
    if (this.#gathered.length === 0) setImmediate(() => this.#sendGathered());
    this.#gathered.push(...chunks);
  }

  /** Stamps what the queue has taken so far, without the delay. */
  async flush(): Promise<void> {
    await this.#stamp();
  }

  async close(): Promise<void> {
    this.#sendGathered();
    await Promise.all(this.#sending);
    await this.#stamp();
    await Promise.all([...this.#producers.values()].map((producer) => producer.close()));
    this.#producers.clear();
  }

  #sendGathered(): void {
    const chunks = this.#gathered.splice(0);
    if (chunks.length === 0) return;
    const sending = this.enqueue(chunks).then(() => { this.#sending.delete(sending); });
    this.#sending.add(sending);
  }

  async #send(revisionId: string, chunks: QueuedChunk[]): Promise<number> {
    try {
      await this.#producer(revisionId).addAll(packEntries(chunks));
    } catch (error) {
      this.#left += chunks.length;
      // Once per outage: under load there would be a line for every submit.
      if (this.#left === chunks.length) this.log.warn({ revisionId, reason: messageOf(error) }, 'chunks not enqueued, the sweeper will');
      return 0;
    }
    if (this.#left > 0) this.log.info({ chunks: this.#left }, 'chunks are enqueued again, the sweeper sends those that were not');
    this.#left = 0;
    this.#unstamped.push(...chunks);
    this.#timer ??= setTimeout(() => void this.#stamp(), STAMP_DELAY_MS).unref();
    return chunks.length;
  }

  #producer(revisionId: string): QueueProducer {
    const known = this.#producers.get(revisionId);
    if (known) return known;
    const producer = this.queue.producer(revisionQueue(revisionId));
    this.#producers.set(revisionId, producer);
    return producer;
  }

  /** A stamp that fails is no loss: the sweeper adds the same entry once more, which the claim sees through. */
  async #stamp(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const leases = this.#unstamped.splice(0);
    try {
      for (let start = 0; start < leases.length; start += STAMPS_MAX) await this.database.query(enqueuedStatement(leases.slice(start, start + STAMPS_MAX)));
    } catch (error) {
      this.log.warn({ chunks: leases.length, reason: messageOf(error) }, 'chunks not stamped as enqueued');
    }
  }
}
