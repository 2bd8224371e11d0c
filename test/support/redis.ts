import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../platform/process/free-port';
import { eventually } from './eventually';

/** A real redis-server of one test file, durable: every write is in its append-only file before it is answered. */
export interface TestRedis {
  readonly url: string;
  /** kill -9, then start again on the same port and data. */
  crash(): Promise<void>;
  /** kill -9 without a new start; `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export function hasRedisServer(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs where `redis-server` is on the PATH and is reported as skipped elsewhere. */
export function describeWithRedis(title: string, body: () => void): void {
  (hasRedisServer() ? describe : describe.skip)(title, body);
}

/** `policy` other than noeviction only to see it refused. */
export async function startRedis({ policy = 'noeviction' }: { policy?: string } = {}): Promise<TestRedis> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelgraph-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  const start = async () => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', policy];
    child = spawn('redis-server', settings, { stdio: 'ignore' });
    await eventually(() => onRedis(url, (redis) => redis.ping()));
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    url, start, kill,
    async crash() {
      await kill();
      await start();
    },
    async flush() { await onRedis(url, (redis) => redis.flushall()); },
    async stop() {
      await kill();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, disconnectTimeout: 50 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
