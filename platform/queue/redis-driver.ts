import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import type { QueueDriver } from './driver';
import { writeOncePerTurn } from './write-once-per-turn';

const MARK_KEY = 'modelgraph:epoch';
const retryStrategy = (attempt: number) => Math.min(attempt * 100, 1_000);

/**
 * One connection produces, failing at once while Redis is away; one takes the consumers' commands, which wait instead; and each consumer
 * has its own for the blocking read.
 * @throws UNAVAILABLE when Redis cannot be reached now; later losses heal by themselves
 * @throws REDIS_POLICY when it may evict keys
 */
export async function openRedisDriver({ url, log }: { url: string; log: Log }): Promise<QueueDriver> {
  const producing = new Redis(url, {
    lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: 4_000, disconnectTimeout: 100, retryStrategy,
  });
  producing.on('error', (error) => log.debug({ err: error }, 'queue connection'));
  producing.setMaxListeners(0);
  try {
    await producing.connect();
  } catch (error) {
    producing.disconnect();
    throw new PlatformError('UNAVAILABLE', 'Redis cannot be reached at the moment; try again.', {}, { cause: error });
  }
  await refuseEviction(producing);
  const consuming = lazily(() => openConsuming(url, log));
  return {
    kind: 'redis',
    // The version was seen here; BullMQ would ask it again for each queue, and remember a failure for good.
    queue: (name, options) => new Queue(name, { ...options, connection: producing, skipVersionCheck: true }),
    worker: (name, processor, options) => new Worker(name, processor, { ...options, connection: consuming.get() }),
    ready: shared(() => untilReady(producing)),
    epoch: () => epochOf(producing),
    close() {
      producing.disconnect();
      consuming.made()?.disconnect();
      return Promise.resolve();
    },
  };
}

/** Connects at once rather than at the first command: BullMQ waits for a connection on its way, but remembers a refused one for good. */
function openConsuming(url: string, log: Log): Redis {
  const redis = writeOncePerTurn(new Redis(url, { maxRetriesPerRequest: null, disconnectTimeout: 100, retryStrategy }));
  redis.on('error', (error) => log.debug({ err: error }, 'queue connection'));
  redis.setMaxListeners(0);
  return redis;
}

async function untilReady(redis: Redis): Promise<void> {
  while (redis.status !== 'ready') await once(redis, 'ready');
}

async function refuseEviction(redis: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(await redis.info('memory'))?.[1];
  if (policy === 'noeviction') return;
  redis.disconnect();
  throw new PlatformError(
    'REDIS_POLICY',
    `Redis has maxmemory-policy ${policy ?? 'unknown'}, so it may drop queue entries: set maxmemory-policy noeviction.`,
    { policy },
  );
}

/** The run id tells a restart, which may have lost the last writes; the mark tells FLUSHALL and another data set. */
async function epochOf(redis: Redis): Promise<string> {
  await redis.set(MARK_KEY, randomUUID(), 'NX');
  const [mark, server] = await Promise.all([redis.get(MARK_KEY), redis.info('server')]);
  return `${/^run_id:(\w+)/m.exec(server)?.[1] ?? ''}-${mark ?? ''}`;
}

/** One wait for all callers: a thousand submits while Redis is away would be a thousand listeners. */
function shared(wait: () => Promise<void>): () => Promise<void> {
  let waiting: Promise<void> | null = null;
  return () => (waiting ??= wait().finally(() => { waiting = null; }));
}

function lazily<T>(make: () => T): { get(): T; made(): T | null } {
  let value: T | null = null;
  return { get: () => (value ??= make()), made: () => value };
}
