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
  queue: Queue;
  close(): Promise<void>;
}

/** Adds and processes the same ids that a job's entry carries, and nothing else: BullMQ's own cost on Redis. */
export async function bareOnRedis(url: string, load: QueueLoad): Promise<LoopResult> {
  const producer = new Redis(url, { maxRetriesPerRequest: null });
  const consumer = new Redis(url, { maxRetriesPerRequest: null });
  const done = new Completions();
  const queue = new Queue(NAME, { connection: producer, defaultJobOptions: ENTRY });
  const worker = new Worker(NAME, done.process, { connection: consumer, concurrency: load.concurrency });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return measured(load, done, {
    queue,
    async close() {
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
  const worker = new Worker(NAME, done.process, { connection: pool, concurrency: load.concurrency }, createPostgresBackend);
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return measured(load, done, {
    queue: queue as unknown as Queue,
    async close() {
      await worker.close();
      await queue.close();
      await pool.end();
    },
  });
}

async function measured(load: QueueLoad, done: Completions, { queue, close }: Backlog): Promise<LoopResult> {
  try {
    return await closedLoop({
      ...load,
      operation: async () => {
        const jobId = randomUUID();
        const processed = done.of(jobId);
        await queue.add('chunk', { jobId, chunk: 0, lease: 1 }, { jobId: `${jobId}-0-1` });
        await processed;
      },
    });
  } finally {
    await close();
  }
}

class Completions {
  readonly #waiting = new Map<string, () => void>();

  of(id: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  readonly process = async ({ data }: { data: { jobId: string } }): Promise<void> => {
    this.#waiting.get(data.jobId)?.();
    this.#waiting.delete(data.jobId);
  };
}
