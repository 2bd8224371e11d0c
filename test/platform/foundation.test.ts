import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { migrations } from '../../migrations';
import { type Environment, readEnvironment } from '../../platform/env';
import { openFoundation } from '../../platform/process/foundation';
import { type Log, silentLog } from '../../platform/log';
import { revisionQueue, type QueueEntry } from '../../platform/queue/queue';
import { ShutdownStack } from '../../platform/process/shutdown';
import { newId } from '../../platform/uuid';
import { eventually } from '../support/eventually';
import { controlUrl, emptyDatabase } from '../support/postgres';
import { describeWithRedis, startRedis } from '../support/redis';

function open(variables: Record<string, string>, log: Log = silentLog()) {
  const environment: Environment = readEnvironment(variables);
  const stack = new ShutdownStack(log);
  return { stack, opening: openFoundation({ environment, entities: [], migrations, log, stack, processName: 'test' }) };
}

/** One hint and one entry make their way. */
async function carries({ bus, queue }: Awaited<ReturnType<typeof open>['opening']>): Promise<void> {
  const heard: string[] = [];
  await bus.subscribe('job', 'hint', (id) => heard.push(id));
  await queue.consume(revisionQueue('r'), ([{ jobId }]) => { heard.push(jobId); return Promise.resolve(); }, { concurrency: 1 });
  bus.publish('job', 'hint');
  await queue.producer(revisionQueue('r')).addAll([{ id: `${newId()}-0-1`, data: [{ jobId: 'entry', chunk: 0, lease: 1 }], priority: 0 }]);
  await eventually(() => expect(heard.sort()).toEqual(['entry', 'hint']));
}

/** A port in front of `target` that refuses connections until it is opened. */
async function closedDoor(target: number): Promise<{ port: number; open(): Promise<void>; close(): void }> {
  const door = net.createServer((socket) => {
    const server = net.connect(target, '127.0.0.1');
    socket.pipe(server).pipe(socket);
    for (const end of [socket, server]) end.on('error', () => [socket, server].forEach((other) => other.destroy()));
  });
  const listen = (port: number) => once(door.listen(port, '127.0.0.1'), 'listening');
  await listen(0);
  const { port } = door.address() as net.AddressInfo;
  door.close();
  return { port, close: () => door.close(), open: async () => { await listen(port); } };
}

describe('the foundation of a process', () => {
  it('stands on an embedded Postgres when nothing is configured, finds it again, and leaves nothing running', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelgraph-foundation-'));
    for (const round of [1, 2]) {
      const { stack, opening } = open({ DATA_DIR: dir });
      const foundation = await opening;
      expect(foundation.queue.kind).toBe('postgres');
      if (round === 1) {
        await foundation.database.query({ text: 'create table kept (id int)', values: [] });
        await carries(foundation);
      }
      expect(await foundation.database.query({ text: 'select * from kept', values: [] })).toEqual([]);
      await stack.close();
    }
    expect(fs.existsSync(path.join(dir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false);
    fs.rmSync(dir, { recursive: true });
  });

  it('goes on by itself after its Postgres was killed, and says so in few lines', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelgraph-foundation-'));
    const lines: string[] = [];
    const { stack, opening } = open({ DATA_DIR: dir }, pino({ level: 'warn' }, { write: (line) => { lines.push(line); } }));
    const { database, bus, queue } = await opening;
    const heard = new Set<string>();
    await bus.subscribe('job', 'hint', (id) => heard.add(id));
    for (const name of ['a', 'b', 'c']) {
      await queue.consume(revisionQueue(name), ([{ jobId }]) => { heard.add(jobId); return Promise.resolve(); }, { concurrency: 16 });
    }
    const [row] = await database.query<{ pid: number }>({ text: `select pid from pg_stat_activity where backend_type = 'checkpointer'`, values: [] });
    // Postgres takes the loss of any of its processes for a crash and starts anew; the postmaster's end the supervisor repairs.
    for (const pid of [row!.pid, Number(fs.readFileSync(path.join(dir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])]) {
      heard.clear();
      process.kill(pid, 'SIGKILL');
      for (const name of ['a', 'b', 'c']) {
        const entry: QueueEntry = { id: `${newId()}-0-1`, data: [{ jobId: name, chunk: 0, lease: 1 }], priority: 0 };
        await eventually(() => queue.producer(revisionQueue(name)).addAll([entry]), { timeoutMs: 30_000 });
      }
      await eventually(() => {
        bus.publish('job', 'hint');
        expect([...heard].sort()).toEqual(['a', 'b', 'c', 'hint']);
      }, { timeoutMs: 30_000 });
      await eventually(() => database.query({ text: 'select 1', values: [] }));
      expect(await eventually(() => database.exclusively('lock', () => Promise.resolve('held')))).toBe('held');
    }
    expect(lines.length).toBeLessThan(60);
    await stack.close();
    fs.rmSync(dir, { recursive: true });
  });

  it('waits for a Postgres that comes late', async () => {
    const { url, drop } = await emptyDatabase();
    const door = await closedDoor(Number(new URL(url).port));
    const late = new URL(url);
    late.port = String(door.port);
    const { stack, opening } = open({ DATABASE_URL: late.href });
    await door.open();
    await carries(await opening);
    await stack.close();
    door.close();
    await drop();
  });

  it.each([
    ['password', (url: URL) => { url.password = 'wrong'; }],
    ['database', (url: URL) => { url.pathname = '/missing'; }],
  ])('names DATABASE_URL at once when its %s is wrong', async (_fault, spoil) => {
    const url = new URL(controlUrl());
    spoil(url);
    const { stack, opening } = open({ DATABASE_URL: url.href });
    await expect(opening).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining('DATABASE_URL') as string });
    await stack.close();
  });
});

describeWithRedis('the foundation of a process with Redis', () => {
  it('waits for a Redis that comes late, then carries hints and entries over it', async () => {
    const redis = await startRedis();
    const { url, drop } = await emptyDatabase();
    await redis.kill();
    const { stack, opening } = open({ DATABASE_URL: url, REDIS_URL: redis.url });
    const starting = redis.start();
    const foundation = await opening;
    await starting;
    expect(foundation.queue.kind).toBe('redis');
    await carries(foundation);
    await stack.close();
    await drop();
    await redis.stop();
  });
});
