import { spawn, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../platform/process/free-port';
import { ended, temporaryDir } from './platform-process';

export interface RedisProcess {
  url: string;
  /** SIGKILL, then a start on the same files. */
  crash(): Promise<void>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** A real redis-server with its append-only file on. */
export async function startRedis(): Promise<RedisProcess> {
  const dir = await temporaryDir('modelgraph-redis-');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const start = () => spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--save', ''], { stdio: 'ignore' });
  let child = start();
  await answers(url);
  return {
    url,
    async crash() {
      await ended(child, 'SIGKILL');
      child = start();
      await answers(url);
    },
    flush: () => withClient(url, async (client) => { await client.flushall(); }),
    async stop() {
      await ended(child, 'SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function withClient(url: string, work: (client: Redis) => Promise<void>): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  try {
    await work(client);
  } finally {
    client.disconnect();
  }
}

function answers(url: string): Promise<void> {
  return withClient(url, async (client) => { await client.ping(); });
}
