import { PlatformError } from '../errors';
import type { Log } from '../log';
import { startConsumer } from './bull-consumer';
import { BullProducer, openBullQueue } from './bull-producer';
import type { QueueDriver } from './driver';
import type { ConsumerSettings, EntryHandler, QueueBackend, QueueConsumer, QueueProducer } from './queue';
import { within } from './within';

export class BullQueueBackend implements QueueBackend {
  readonly #consumers = new Set<QueueConsumer>();

  constructor(private readonly driver: QueueDriver, private readonly log: Log) {}

  get kind(): 'redis' | 'postgres' {
    return this.driver.kind;
  }

  producer(queue: string): QueueProducer {
    return new BullProducer(this.driver, queue, this.log);
  }

  consume(queue: string, handler: EntryHandler, settings: ConsumerSettings): Promise<QueueConsumer> {
    const consumer = startConsumer({ driver: this.driver, queue, handler, settings, log: this.log });
    this.#consumers.add(consumer);
    return Promise.resolve({
      resize: (concurrency: number) => consumer.resize(concurrency),
      close: async (force?: boolean) => {
        this.#consumers.delete(consumer);
        await consumer.close(force);
      },
    });
  }

  async obliterate(name: string): Promise<void> {
    const queue = openBullQueue(this.driver, name, this.log);
    try {
      await within(30_000, queue.waitUntilReady().then(() => queue.obliterate({ force: true })));
    } catch (error) {
      throw unavailable(error);
    } finally {
      await queue.close();
    }
  }

  async epoch(): Promise<string> {
    try {
      return await within(5_000, this.driver.ready().then(() => this.driver.epoch()));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Consumers still open are closed first, each after its handlers. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.driver.close();
  }
}

function unavailable(cause: unknown): PlatformError {
  return new PlatformError('UNAVAILABLE', 'The queue cannot be reached at the moment; try again.', {}, { cause });
}
