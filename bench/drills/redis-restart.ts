import { readDatabaseUrl } from '../support/database-url';
import { startPlatform } from '../support/platform-process';
import { startRedis } from '../support/redis-process';
import type { DrillResult } from './index';
import { underLoad } from './under-load';

/** Redis is SIGKILLed and started again, or loses all it holds, in turn. */
export async function redisRestart(): Promise<DrillResult> {
  const redis = await startRedis();
  const platform = await startPlatform({ env: { WORKERS: '2', REDIS_URL: redis.url } });
  let strikes = 0;
  try {
    return await underLoad({
      name: 'redis-restart', platform, databaseUrl: await readDatabaseUrl(platform.dataDir), replicas: 2, everyMs: 6_000, minFaults: 5,
      async strike() {
        await (strikes++ % 2 === 0 ? redis.crash() : redis.flush());
        return true;
      },
    });
  } finally {
    await platform.stop();
    await redis.stop();
  }
}
