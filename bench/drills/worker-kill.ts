import pg from 'pg';
import { onFaultyPlatform } from './faulty-platform';
import type { Shape } from '../support/shape';
import type { DrillResult } from './drill.result';
import { underLoad } from './under-load';

const WORKERS = 3;

/** Three supervised workers, one of them SIGKILLed every 2 s while it runs work. */
export function workerKill(shape: Shape): Promise<DrillResult> {
  return onFaultyPlatform({ workers: WORKERS, shape }, async (faulty) => {
    const database = new pg.Pool({ connectionString: faulty.databaseUrl, max: 2 });
    try {
      return await underLoad({ name: shape === 'whole' ? 'worker-kill' : `worker-kill-${shape}`, ...faulty, replicas: WORKERS, everyMs: 2_000, minFaults: 20, strike: () => killBusyWorker(database) });
    } finally {
      await database.end();
    }
  });
}

/** Kills the live worker with most work running. Counts as a fault only if the rows it leaves behind still name it as their runner. */
async function killBusyWorker(database: pg.Pool): Promise<boolean> {
  const { rows } = await database.query<{ id: string; pid: number }>(
    `select w.id, w.pid from worker w where w.state = 'ACTIVE'
     order by (select count(*) from job_chunk c where c.worker_id = w.id and c.status = 'RUNNING') desc, random()`);
  // A worker killed just now stands there until its successor registers.
  const victim = rows.find(({ pid }) => hasKilled(pid));
  if (!victim) return false;
  const left = await database.query<{ running: number }>(`select count(*)::int as running from job_chunk where worker_id = $1 and status = 'RUNNING'`, [victim.id]);
  return left.rows[0]!.running > 0;
}

function hasKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
