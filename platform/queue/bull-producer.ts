import { PlatformError } from '../errors';
import type { Log } from '../log';
import type { BullQueue, QueueDriver } from './driver';
import type { QueueEntry, QueueProducer } from './queue';
import { within } from './within';

const TIMEOUT_MS = 5_000;
/** One round trip of BullMQ's; more would hold Redis or a transaction for too long. */
const BULK_MAX = 1_000;

/** Finished entries are removed at once and never tried again by BullMQ: their rows hold the outcome and decide. */
const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true, stackTraceLimit: 1 };

/** BullMQ keeps an event stream that nothing here reads; it cannot be switched off, only kept short. */
const QUEUE_OPTIONS = { defaultJobOptions: JOB_OPTIONS, streams: { events: { maxLen: 100 } } };

export function openBullQueue(driver: QueueDriver, name: string, log: Log): BullQueue {
  const queue = driver.queue(name, QUEUE_OPTIONS);
  queue.on('error', (error) => log.debug({ err: error, queue: name }, 'queue error'));
  return queue;
}

export class BullProducer implements QueueProducer {
  #queue: Promise<BullQueue> | null = null;

  constructor(private readonly driver: QueueDriver, private readonly name: string, private readonly log: Log) {}

  async addAll(entries: QueueEntry[]): Promise<void> {
    try {
      await within(TIMEOUT_MS, this.#add(entries, Date.now() + TIMEOUT_MS));
    } catch (error) {
      throw new PlatformError('UNAVAILABLE', 'The queue cannot be reached at the moment; try again.', {}, { cause: error });
    }
  }

  async close(): Promise<void> {
    const queue = await this.#queue?.catch(() => null);
    await queue?.close();
  }

  async #add(entries: QueueEntry[], deadline: number): Promise<void> {
    await this.driver.ready();
    const queue = await this.#open();
    // The caller was told UNAVAILABLE by now and may have given the work up.
    if (Date.now() > deadline) return;
    for (let start = 0; start < entries.length; start += BULK_MAX) {
      const part = entries.slice(start, start + BULK_MAX);
      await queue.addBulk(part.map(({ id, data, priority }) => ({ name: 'chunk', data, opts: { jobId: id, priority } })));
    }
  }

  /** A queue that could not be opened is forgotten: BullMQ would answer every later call with that first failure. */
  #open(): Promise<BullQueue> {
    this.#queue ??= this.#openReady().catch((error: unknown) => {
      this.#queue = null;
      throw error;
    });
    return this.#queue;
  }

  async #openReady(): Promise<BullQueue> {
    const queue = openBullQueue(this.driver, this.name, this.log);
    await queue.waitUntilReady();
    return queue;
  }
}
