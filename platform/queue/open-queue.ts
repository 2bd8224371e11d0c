import type { Log } from '../log';
import { BullQueueBackend } from './bull-queue';
import { migrateQueueSchema, openPostgresDriver } from './postgres-driver';
import type { QueueBackend } from './queue';
import { openRedisDriver } from './redis-driver';

/**
 * The queue on Redis where there is one, else on Postgres, its schema migrated.
 * @throws UNAVAILABLE when its server cannot be reached
 * @throws REDIS_POLICY when Redis may evict entries
 */
export async function openQueue(settings: { databaseUrl: string; redisUrl: string | null; log: Log }): Promise<QueueBackend> {
  const { databaseUrl, redisUrl, log } = settings;
  if (redisUrl !== null) return new BullQueueBackend(await openRedisDriver({ url: redisUrl, log }), log);
  await migrateQueueSchema({ url: databaseUrl, log });
  return new BullQueueBackend(await openPostgresDriver({ url: databaseUrl, log }), log);
}
