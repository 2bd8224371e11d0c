import pg from 'pg';
import { hasRedis, startRedis, type RedisProcess } from '../support/redis-process';
import { startShaped, type Shape, type ShapedPlatform } from '../support/shape';
import type { DrillResult } from './drill.result';

/** A platform to strike at. */
export interface FaultyPlatform {
  platform: ShapedPlatform;
  databaseUrl: string;
  /** Null where no `redis-server` is installed, or none is wanted: the queue is in Postgres then. */
  redis: RedisProcess | null;
}

export interface FaultySettings {
  workers: number;
  shape?: Shape;
  queue?: 'redis' | 'postgres';
}

/** Runs a drill against a platform of its own. Of a drill that failed the log and the data stay for a look. */
export async function onFaultyPlatform({ workers, shape = 'whole', queue = queueKind() }: FaultySettings, drill: (faulty: FaultyPlatform) => Promise<DrillResult>): Promise<DrillResult> {
  const redis = queue === 'redis' ? await startRedis() : null;
  let platform: ShapedPlatform | null = null;
  let isOk = false;
  try {
    platform = await startShaped(shape, { workers, env: redis ? { REDIS_URL: redis.url } : {} });
    const result = await drill({ platform, redis, databaseUrl: platform.databaseUrl });
    isOk = result.ok;
    return result;
  } finally {
    if (!isOk && platform) process.stderr.write(`The log of the platform is in ${platform.logFile}.\n`);
    await platform?.stop({ keep: !isOk });
    await redis?.stop();
  }
}

/** `DRILL_QUEUE=postgres` drills the queue that runs inside Postgres where Redis is installed, too. */
function queueKind(): 'redis' | 'postgres' {
  return hasRedis() && process.env['DRILL_QUEUE'] !== 'postgres' ? 'redis' : 'postgres';
}

/** Whether some worker runs something at this moment. */
export async function hasRunningWork(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query(`select 1 from job_chunk where status = 'RUNNING' limit 1`);
    return rowCount === 1;
  } finally {
    await client.end();
  }
}
