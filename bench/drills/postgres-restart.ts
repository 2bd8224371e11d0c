import { postmasterPid, readDatabaseUrl } from '../support/database-url';
import { startPlatform } from '../support/platform-process';
import { hasRedis, startRedis } from '../support/redis-process';
import type { DrillResult } from './index';
import { underLoad } from './under-load';

/** The embedded Postgres is SIGKILLed; its supervisor brings it back on the same port and it recovers from its log. */
export async function postgresRestart(): Promise<DrillResult> {
  const redis = hasRedis() ? await startRedis() : null;
  const platform = await startPlatform({ env: { WORKERS: '2', ...(redis ? { REDIS_URL: redis.url } : {}) } });
  try {
    return await underLoad({
      name: 'postgres-restart', platform, databaseUrl: await readDatabaseUrl(platform.dataDir), replicas: 2, everyMs: 8_000, minFaults: 5,
      async strike() {
        process.kill(await postmasterPid(platform.dataDir), 'SIGKILL');
        return true;
      },
    });
  } finally {
    await platform.stop();
    await redis?.stop();
  }
}
