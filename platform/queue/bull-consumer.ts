import { messageOf } from '../errors';
import type { Log } from '../log';
import type { BullWorker, QueueDriver } from './driver';
import type { ConsumerSettings, EntryHandler, QueueConsumer } from './queue';

const LOG_INTERVAL_MS = 5_000;

/**
 * An entry whose consumer was killed comes back after its lock has run out and a check has seen it twice: 6 s at most. A live consumer
 * that is late to renew its locks costs little: the entry is delivered twice, and the row takes one claim.
 */
const LOCK_MS = 3_000;
const STALLED_CHECK_MS = 1_500;

export interface ConsumerOptions {
  driver: QueueDriver;
  queue: string;
  handler: EntryHandler;
  settings: ConsumerSettings;
  log: Log;
}

/** Takes entries until closed; an outage of the server pauses it. */
export function startConsumer({ driver, queue, handler, settings, log }: ConsumerOptions): QueueConsumer {
  const worker = driver.worker(queue, async ({ data, stalledCounter }) => {
    try {
      await handler(data, { isRepeated: stalledCounter > 0 });
    } catch (error) {
      // The entry is dropped as after success: what becomes of the chunk stands in its row.
      log.error({ err: error, queue, leases: data }, 'queue entry failed');
    }
  }, {
    concurrency: settings.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: 1_000_000,
    runRetryDelay: 500,
  });
  logErrors(worker, queue, log);
  return {
    resize: (concurrency) => resize(worker, concurrency),
    close: (force = false) => worker.close(force),
  };
}

/**
 * BullMQ looks at the concurrency only when an entry settles, so entries held for a batch to fill would wait for ever for the others.
 * A pause that ends in the same turn of the event loop wakes its loop and stops nothing.
 */
function resize(worker: BullWorker, concurrency: number): void {
  const isRaised = concurrency > worker.concurrency;
  worker.concurrency = concurrency;
  if (!isRaised) return;
  void worker.pause(true);
  void worker.resume();
}

/** An outage gives an error for every try of every consumer: one line in 5 s says as much. */
function logErrors(worker: BullWorker, queue: string, log: Log): void {
  let lastAt = 0;
  worker.on('error', (error) => {
    if (Date.now() - lastAt < LOG_INTERVAL_MS) return;
    lastAt = Date.now();
    log.warn({ queue, reason: messageOf(error) }, 'queue consumer error');
  });
}
