import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { migrations } from '../../migrations';
import { type Environment, readEnvironment } from '../../platform/env';
import { openFoundation } from '../../platform/foundation';
import { silentLog } from '../../platform/log';
import { revisionQueue } from '../../platform/queue/queue';
import { ShutdownStack } from '../../platform/shutdown';
import { newId } from '../../platform/uuid';
import { eventually } from '../support/eventually';
import { controlUrl, emptyDatabase } from '../support/postgres';
import { describeWithRedis, startRedis } from '../support/redis';

const log = silentLog();

function open(variables: Record<string, string>) {
  const environment: Environment = readEnvironment(variables);
  const stack = new ShutdownStack(log);
  return { stack, opening: openFoundation({ environment, entities: [], migrations, log, stack, processName: 'test' }) };
}

/** One hint and one entry make their way. */
async function carries({ bus, queue }: Awaited<ReturnType<typeof open>['opening']>): Promise<void> {
  const heard: string[] = [];
  await bus.subscribe('job', 'hint', (id) => heard.push(id));
  await queue.consume(revisionQueue('r'), ({ jobId }) => { heard.push(jobId); return Promise.resolve(); }, { concurrency: 1 });
  bus.publish('job', 'hint');
  await queue.producer(revisionQueue('r')).addAll([{ id: `${newId()}-0-1`, data: { jobId: 'entry', chunk: 0, lease: 1 }, priority: 0 }]);
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
