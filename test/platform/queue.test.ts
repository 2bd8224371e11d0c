import pg from 'pg';
import { silentLog } from '../../platform/log';
import { openQueue } from '../../platform/queue/open-queue';
import { type EntryData, type QueueBackend, type QueueEntry, revisionQueue } from '../../platform/queue/queue';
import { newId } from '../../platform/uuid';
import { eventually } from '../support/eventually';
import { emptyDatabase } from '../support/postgres';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis';

const log = silentLog();

interface Server {
  open(): Promise<QueueBackend>;
  /** Cuts every connection, by a crash where there is a server of our own. */
  interrupt(): Promise<void>;
  stop(): Promise<void>;
}

async function postgresServer(): Promise<Server> {
  const { url, drop } = await emptyDatabase();
  return {
    open: () => openQueue({ databaseUrl: url, redisUrl: null, log }),
    async interrupt() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
      await client.end();
    },
    stop: drop,
  };
}

async function redisServer(): Promise<Server> {
  const redis = await startRedis();
  return { open: () => openQueue({ databaseUrl: '', redisUrl: redis.url, log }), interrupt: () => redis.crash(), stop: () => redis.stop() };
}

function makeEntry(chunk: number, overrides: Partial<QueueEntry> = {}): QueueEntry {
  const jobId = newId();
  return { id: `${jobId}-${chunk}-1`, data: [{ jobId, chunk, lease: 1 }], priority: 0, ...overrides };
}

/** A handler that holds each entry until told, and remembers the order. */
function makeHolder() {
  const chunks: number[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  return { chunks, release, handler: async ([{ chunk }]: EntryData) => { chunks.push(chunk); await released; } };
}

function keepsTheContract(startServer: () => Promise<Server>): void {
  let server: Server;
  let backend: QueueBackend;
  let queue: string;
  beforeAll(async () => {
    server = await startServer();
    backend = await server.open();
  });
  beforeEach(() => { queue = revisionQueue(newId()); });
  afterAll(async () => {
    await backend.close();
    await server.stop();
  });

  it('delivers each entry once, to one of several consumers', async () => {
    const seen: number[] = [];
    const handler = ([{ chunk }]: EntryData) => { seen.push(chunk); return Promise.resolve(); };
    const consumers = [await backend.consume(queue, handler, { concurrency: 8 }), await backend.consume(queue, handler, { concurrency: 8 })];
    await backend.producer(queue).addAll(Array.from({ length: 1_500 }, (_, chunk) => makeEntry(chunk)));
    await eventually(() => expect(new Set(seen).size).toBe(1_500), { timeoutMs: 30_000 });
    for (const consumer of consumers) await consumer.close();
    expect(seen).toHaveLength(1_500);
  });

  it('takes the same id once while it waits, and again after it was handled', async () => {
    const producer = backend.producer(queue);
    const entry = makeEntry(7);
    await producer.addAll([entry, entry]);
    await producer.addAll([entry]);
    const seen: number[] = [];
    const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 4 });
    await eventually(() => expect(seen).toEqual([7]));
    await eventually(async () => {
      await producer.addAll([entry]);
      expect(seen.length).toBeGreaterThan(1);
    });
    await consumer.close();
  });

  it('serves 0 first, then lower priorities, equals in order', async () => {
    const producer = backend.producer(queue);
    await producer.addAll([makeEntry(1, { priority: 9 }), makeEntry(2, { priority: 3 }), makeEntry(3, { priority: 3 }), makeEntry(4, { priority: 0 })]);
    const seen: number[] = [];
    const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 1 });
    await eventually(() => expect(seen).toEqual([4, 2, 3, 1]));
    await consumer.close();
  });

  it('holds as many entries as its concurrency until their handlers settle', async () => {
    const holder = makeHolder();
    const consumer = await backend.consume(queue, holder.handler, { concurrency: 3 });
    await backend.producer(queue).addAll([1, 2, 3, 4, 5].map((chunk) => makeEntry(chunk)));
    await eventually(() => expect(holder.chunks).toHaveLength(3));
    const probe = makeHolder();
    const other = await backend.consume(queue, probe.handler, { concurrency: 1 });
    await eventually(() => expect(probe.chunks).toEqual([4]));
    expect(holder.chunks).toEqual([1, 2, 3]);
    probe.release();
    holder.release();
    await eventually(() => expect([...holder.chunks, ...probe.chunks].sort()).toEqual([1, 2, 3, 4, 5]));
    await Promise.all([consumer.close(), other.close()]);
  });

  it('holds more entries at once when its concurrency is raised', async () => {
    const holder = makeHolder();
    const consumer = await backend.consume(queue, holder.handler, { concurrency: 1 });
    await backend.producer(queue).addAll([1, 2].map((chunk) => makeEntry(chunk)));
    await eventually(() => expect(holder.chunks).toEqual([1]));
    consumer.resize(3);
    await backend.producer(queue).addAll([makeEntry(3), makeEntry(4)]);
    await eventually(() => expect(holder.chunks).toEqual([1, 2, 3]));
    holder.release();
    await eventually(() => expect(holder.chunks).toEqual([1, 2, 3, 4]));
    await consumer.close();
  });

  it('drops an entry whose handler rejects, and goes on', async () => {
    const seen: number[] = [];
    const consumer = await backend.consume(queue, ([{ chunk }]) => {
      seen.push(chunk);
      return chunk === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    }, { concurrency: 1 });
    await backend.producer(queue).addAll([makeEntry(1), makeEntry(2)]);
    await eventually(() => expect(seen).toEqual([1, 2]));
    await backend.producer(queue).addAll([makeEntry(3)]);
    await eventually(() => expect(seen).toEqual([1, 2, 3]));
    await consumer.close();
  });

  it('waits for its handlers when it closes, and takes nothing more', async () => {
    const holder = makeHolder();
    const consumer = await backend.consume(queue, holder.handler, { concurrency: 1 });
    await backend.producer(queue).addAll([makeEntry(1), makeEntry(2)]);
    await eventually(() => expect(holder.chunks).toEqual([1]));
    let isClosed = false;
    const closing = consumer.close().then(() => { isClosed = true; });
    await backend.epoch();
    expect(isClosed).toBe(false);
    holder.release();
    await closing;
    expect(holder.chunks).toEqual([1]);
  });

  it('gives an entry in hand of a forced close to another consumer', async () => {
    const stuck = makeHolder();
    const consumer = await backend.consume(queue, stuck.handler, { concurrency: 1 });
    await backend.producer(queue).addAll([makeEntry(1)]);
    await eventually(() => expect(stuck.chunks).toEqual([1]));
    await consumer.close(true);
    const seen: number[] = [];
    const other = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 1 });
    await eventually(() => expect(seen).toEqual([1]), { timeoutMs: 40_000 });
    await other.close();
    stuck.release();
  });

  it('keeps entries over an interruption, and its consumers resume by themselves', async () => {
    const seen = new Set<number>();
    const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.add(chunk); return Promise.resolve(); }, { concurrency: 2 });
    const producer = backend.producer(queue);
    const waiting = revisionQueue(newId());
    await backend.producer(waiting).addAll([makeEntry(100)]);
    await producer.addAll([makeEntry(1)]);
    await eventually(() => expect(seen).toEqual(new Set([1])));
    await server.interrupt();
    await eventually(() => producer.addAll([makeEntry(2)]), { timeoutMs: 20_000 });
    await eventually(() => expect(seen).toEqual(new Set([1, 2])), { timeoutMs: 20_000 });
    const late = await backend.consume(waiting, ([{ chunk }]) => { seen.add(chunk); return Promise.resolve(); }, { concurrency: 1 });
    await eventually(() => expect(seen.has(100)).toBe(true));
    await Promise.all([consumer.close(), late.close()]);
  });

  it('forgets what an obliterated queue held, which can be used anew', async () => {
    const producer = backend.producer(queue);
    await producer.addAll([makeEntry(1)]);
    await backend.obliterate(queue);
    await producer.addAll([makeEntry(2)]);
    const seen: number[] = [];
    const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 1 });
    await eventually(() => expect(seen).toEqual([2]));
    await consumer.close();
  });

  it('tells the same epoch to every process while nothing is lost', async () => {
    const other = await server.open();
    expect(await other.epoch()).toBe(await backend.epoch());
    await other.close();
  });
}

describe('the queue on Postgres', () => {
  keepsTheContract(postgresServer);

  it('says UNAVAILABLE when Postgres is away', async () => {
    await expect(openQueue({ databaseUrl: 'postgres://x:y@127.0.0.1:9/none', redisUrl: null, log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describeWithRedis('the queue on Redis', () => {
  keepsTheContract(redisServer);

  describe('and its server', () => {
    let redis: TestRedis;
    beforeEach(async () => { redis = await startRedis(); });
    afterEach(() => redis.stop());
    const open = () => openQueue({ databaseUrl: '', redisUrl: redis.url, log });

    it('changes the epoch when Redis is flushed or starts again', async () => {
      const backend = await open();
      const first = await backend.epoch();
      await redis.flush();
      const second = await backend.epoch();
      await redis.crash();
      const third = await eventually(() => backend.epoch());
      expect(new Set([first, second, third]).size).toBe(3);
      expect(await backend.epoch()).toBe(third);
      await backend.close();
    });

    it('goes on with entries that are added after a flush', async () => {
      const backend = await open();
      const queue = revisionQueue(newId());
      const seen: number[] = [];
      const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 1 });
      await backend.producer(queue).addAll([makeEntry(1)]);
      await eventually(() => expect(seen).toEqual([1]));
      await redis.flush();
      await backend.producer(queue).addAll([makeEntry(2)]);
      await eventually(() => expect(seen).toEqual([1, 2]), { timeoutMs: 20_000 });
      await consumer.close();
      await backend.close();
    });

    it('refuses entries with UNAVAILABLE within 5 s while Redis is away, and takes them when it is back', async () => {
      const backend = await open();
      const producer = backend.producer(revisionQueue(newId()));
      await producer.addAll([makeEntry(1)]);
      await redis.kill();
      const startedAt = Date.now();
      await expect(producer.addAll([makeEntry(2)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(backend.producer(revisionQueue(newId())).addAll([makeEntry(3)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(backend.epoch()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(Date.now() - startedAt).toBeLessThan(15_000);
      await redis.start();
      await eventually(() => producer.addAll([makeEntry(4)]));
      await backend.close();
    });

    it('consumes a queue that was first asked for while Redis was away', async () => {
      const backend = await open();
      await redis.kill();
      const queue = revisionQueue(newId());
      const seen: number[] = [];
      const consumer = await backend.consume(queue, ([{ chunk }]) => { seen.push(chunk); return Promise.resolve(); }, { concurrency: 1 });
      await redis.start();
      await eventually(() => backend.producer(queue).addAll([makeEntry(1)]));
      await eventually(() => expect(seen).toEqual([1]), { timeoutMs: 20_000 });
      await consumer.close();
      await backend.close();
    });
  });

  it('refuses a Redis that may evict keys', async () => {
    const evicting = await startRedis({ policy: 'allkeys-lru' });
    await expect(openQueue({ databaseUrl: '', redisUrl: evicting.url, log })).rejects.toMatchObject({ code: 'REDIS_POLICY', details: { policy: 'allkeys-lru' } });
    await evicting.stop();
  });

  it('says UNAVAILABLE when Redis is away', async () => {
    await expect(openQueue({ databaseUrl: '', redisUrl: 'redis://127.0.0.1:9', log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
