import { Redis } from 'ioredis';
import { RateLimiterPostgres, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Database } from '../../platform/database/database';
import type { Log } from '../../platform/log';
import type { BudgetStore } from './cost.budget';

const KEY_PREFIX = 'modelgraph-cost';
const COMMAND_TIMEOUT_MS = 2_000;

/** Windows in Redis, which every gateway reaches. */
export function redisBudgetStore({ url, windowMs, log }: { url: string; windowMs: number; log: Log }): BudgetStore {
  const redis = new Redis(url, {
    enableOfflineQueue: true, maxRetriesPerRequest: 1, connectTimeout: COMMAND_TIMEOUT_MS, commandTimeout: COMMAND_TIMEOUT_MS, disconnectTimeout: 100,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error) => log.debug({ err: error }, 'cost budget connection'));
  const limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: KEY_PREFIX, points: 1, duration: windowMs / 1000 });
  return { add: adder(limiter), close: async () => redis.disconnect() };
}

/** Windows in the platform's database, where the gateway runs beside it; migrations/40-cost-budgets.ts makes the table. */
export function postgresBudgetStore({ database, windowMs }: { database: Database; windowMs: number }): BudgetStore {
  const limiter = new RateLimiterPostgres({
    storeClient: database.source, storeType: 'typeorm', tableName: 'cost_budgets', tableCreated: true, keyPrefix: KEY_PREFIX,
    points: 1, duration: windowMs / 1000, clearExpiredByTimeout: true,
  });
  return { add: adder(limiter), close: async () => undefined };
}

function adder(limiter: RateLimiterAbstract): BudgetStore['add'] {
  return async (key, points) => {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key, points);
    return { consumed: consumedPoints, resetInMs: Math.max(msBeforeNext, 0) };
  };
}
