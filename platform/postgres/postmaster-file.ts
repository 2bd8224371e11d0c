import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import { commandOf, isAlive } from './process-identity';

export interface Postmaster {
  pid: number;
  isReady: boolean;
}

/** What `postmaster.pid` says: line 1 is the pid, line 8 the state (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*). */
export function readPostmaster(dir: string): Postmaster | null {
  const file = path.join(dir, 'postmaster.pid');
  if (!fs.existsSync(file)) return null;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), isReady: lines[7]?.trim() === 'ready' };
}

/**
 * Ends the server that a killed platform left behind; the data directory's lock is ours, so nobody live uses it. A pid that meanwhile
 * belongs to another program only leaves a stale file, which Postgres itself would refuse if both have the same user.
 * @throws POSTGRES_FAILED when the old server does not end within 30 s
 */
export async function endOrphan(dir: string, log: Log): Promise<void> {
  const old = readPostmaster(dir);
  if (!old) return;
  if (!isServerOf(old.pid, dir)) {
    // A dead server's file stays: by it Postgres finds backends that outlive their postmaster.
    if (isAlive(old.pid)) fs.rmSync(path.join(dir, 'postmaster.pid'), { force: true });
    return;
  }
  log.warn({ postgresPid: old.pid }, 'ending the embedded Postgres of a killed platform');
  process.kill(old.pid, 'SIGINT');
  const startedAt = Date.now();
  while (isServerOf(old.pid, dir)) {
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > 30_000) throw new PlatformError(
      'POSTGRES_FAILED', `The Postgres process ${old.pid} of a killed platform holds ${dir} and does not end: end it by hand.`,
    );
    // A fast shutdown may wait long for its checkpoint; an immediate one replays the log at the next start instead.
    if (waitedMs > 15_000) process.kill(old.pid, 'SIGQUIT');
    await delay(25);
  }
}

function isServerOf(pid: number, dir: string): boolean {
  return pid > 0 && isAlive(pid) && commandOf(pid).includes(` -D ${dir} `);
}
