import { randomUUID } from 'node:crypto';
import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { closedLoop, type LoopResult } from './closed-loop';

export interface QueueLoad {
  inFlight: number;
  concurrency: number;
  warmUpSeconds: number;
  seconds: number;
}

const NAME = 'bare';
const ENTRY = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

interface Backlog {
  add(ids: { jobId: string; chunk: number; lease: number }[]): Promise<void>;
  close(): Promise<void>;
}

/** Adds and processes the same ids that a job's entry carries, and nothing else: BullMQ's own cost on Redis. */
export async function bareOnRedis(url: string, load: QueueLoad): Promise<LoopResult> {
  const producer = new Redis(url, { maxRetriesPerRequest: null });
  const consumer = new Redis(url, { maxRetriesPerRequest: null });
  const done = new Completions();
  const queue = new Queue(NAME, { connection: producer, defaultJobOptions: ENTRY });
  const worker = new Worker(NAME, async ({ data }) => done.complete((data as { jobId: string }).jobId), { connection: consumer, concurrency: load.concurrency });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return measured(load, done, {
    add: async (entries) => { await queue.addBulk(entries.map((data) => ({ name: 'chunk', data, opts: { jobId: `${data.jobId}-0-1` } }))); },
    close: async () => {
      await worker.close();
      await queue.close();
      producer.disconnect();
      consumer.disconnect();
    },
  });
}

/** The same on BullMQ's PostgreSQL backend, in a database of its own. */
export async function bareOnPostgres(url: string, load: QueueLoad): Promise<LoopResult> {
  const pool = new pg.Pool({ connectionString: url, max: 16, options: '-c search_path=bullmq' });
  const session = await pool.connect();
  await runMigrations(session, 'bullmq').finally(() => session.release());
  const done = new Completions();
  const queue = new Queue(NAME, { connection: pool, defaultJobOptions: ENTRY }, createPostgresBackend);
  const worker = new Worker(NAME, async ({ data }) => done.complete((data as { jobId: string }).jobId), { connection: pool, concurrency: load.concurrency }, createPostgresBackend);
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return measured(load, done, {
    add: async (entries) => { await queue.addBulk(entries.map((data) => ({ name: 'chunk', data, opts: { jobId: `${data.jobId}-0-1` } }))); },
    close: async () => {
      await worker.close();
      await queue.close();
      await pool.end();
    },
  });
}

async function measured(load: QueueLoad, done: Completions, backlog: Backlog): Promise<LoopResult> {
  let waiting: { entry: { jobId: string; chunk: number; lease: number }; fail: (reason: unknown) => void }[] = [];
  // What is added in one turn shares one addBulk, as ours does.
  const add = (jobId: string, fail: (reason: unknown) => void) => {
    if (waiting.length === 0) setImmediate(() => {
      const batch = waiting;
      waiting = [];
      backlog.add(batch.map(({ entry }) => entry)).catch((reason: unknown) => batch.forEach(({ fail }) => fail(reason)));
    });
    waiting.push({ entry: { jobId, chunk: 0, lease: 1 }, fail });
  };
  try {
    return await closedLoop({
      ...load,
      operation: () => new Promise<void>((resolve, reject) => {
        const jobId = randomUUID();
        done.expect(jobId, resolve);
        add(jobId, reject);
      }),
    });
  } finally {
    await backlog.close();
  }
}

class Completions {
  readonly #waiting = new Map<string, () => void>();

  expect(id: string, resolve: () => void): void {
    this.#waiting.set(id, resolve);
  }

  complete(id: string): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}
