import pg from 'pg';
import { readDatabaseUrl } from '../support/database-url';
import { startPlatform } from '../support/platform-process';
import { hasRedis, startRedis } from '../support/redis-process';
import type { DrillResult } from './index';
import { underLoad } from './under-load';

const WORKERS = 3;

/** Three supervised workers, one of them SIGKILLed every 2 s while it runs work. */
export async function workerKill(): Promise<DrillResult> {
  const redis = hasRedis() ? await startRedis() : null;
  const platform = await startPlatform({ env: { WORKERS: String(WORKERS), ...(redis ? { REDIS_URL: redis.url } : {}) } });
  const databaseUrl = await readDatabaseUrl(platform.dataDir);
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  try {
    return await underLoad({
      name: 'worker-kill', platform, databaseUrl, replicas: WORKERS, everyMs: 2_000, minFaults: 20,
      strike: () => killBusyWorker(database),
    });
  } finally {
    await database.end();
    await platform.stop();
    await redis?.stop();
  }
}

/** Kills the worker with most work running. Counts as a fault only if the rows it leaves behind still name it as their runner. */
async function killBusyWorker(database: pg.Pool): Promise<boolean> {
  const { rows } = await database.query<{ id: string; pid: number }>(
    `select w.id, w.pid from worker w where w.state = 'ACTIVE'
     order by (select count(*) from job_chunk c where c.worker_id = w.id and c.status = 'RUNNING') desc, random() limit 1`);
  const victim = rows[0];
  if (!victim) return false;
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch {
    return false;
  }
  const left = await database.query<{ running: number }>(`select count(*)::int as running from job_chunk where worker_id = $1 and status = 'RUNNING'`, [victim.id]);
  return left.rows[0]!.running > 0;
}
