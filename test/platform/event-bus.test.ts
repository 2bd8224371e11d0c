import pg from 'pg';
import type { EventBus } from '../../platform/bus/event-bus';
import { openEventBus } from '../../platform/bus/open-bus';
import { silentLog } from '../../platform/log';
import { eventually } from '../support/eventually';
import { emptyDatabase } from '../support/postgres';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis';

interface Server {
  open(): Promise<EventBus>;
  /** Cuts every connection of every bus. */
  interrupt(): Promise<void>;
  stop(): Promise<void>;
}

const log = silentLog();

async function postgresServer(): Promise<Server> {
  const { url, drop } = await emptyDatabase();
  return {
    open: () => openEventBus({ databaseUrl: url, redisUrl: null, log }),
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
  const redis: TestRedis = await startRedis();
  return {
    open: () => openEventBus({ databaseUrl: '', redisUrl: redis.url, log }),
    interrupt: () => redis.crash(),
    stop: () => redis.stop(),
  };
}

function keepsTheContract(startServer: () => Promise<Server>): void {
  let server: Server;
  let here: EventBus;
  let there: EventBus;
  beforeAll(async () => {
    server = await startServer();
    [here, there] = await Promise.all([server.open(), server.open()]);
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await server.stop();
  });

  it('carries a hint to other processes and to its own, each once', async () => {
    const heard: string[] = [];
    await here.subscribe('job', 'a', (id) => heard.push(`here ${id}`));
    await there.subscribe('job', 'a', (id) => heard.push(`there ${id}`));
    here.publish('job', 'a');
    await eventually(() => expect(heard.sort()).toEqual(['here a', 'there a']));
    here.publish('job', 'end');
    await new Promise<void>((resolve) => { void there.subscribe('job', 'end', () => resolve()).then(() => here.publish('job', 'end')); });
    expect(heard).toHaveLength(2);
  });

  it('tells ids and topics apart', async () => {
    const heard: string[] = [];
    await there.subscribe('job', 'x', () => heard.push('wrong id'));
    await there.subscribe('model', 'y', () => heard.push('wrong topic'));
    await there.subscribeAll('job', (id) => heard.push(id));
    here.publish('job', 'y');
    await eventually(() => expect(heard).toEqual(['y']));
  });

  it('merges duplicates of a burst and loses none of its ids', async () => {
    const heard = new Map<string, number>();
    await there.subscribeAll('worker', (id) => heard.set(id, (heard.get(id) ?? 0) + 1));
    const ids = Array.from({ length: 1_000 }, (_, index) => `worker-with-a-long-name-${index}`);
    for (let round = 0; round < 3; round += 1) for (const id of ids) here.publish('worker', id);
    await eventually(() => expect([...heard.keys()]).toEqual(ids));
    expect([...heard.values()].every((count) => count === 1)).toBe(true);
  });

  it('hears nothing after the end of a subscription, which may be ended twice', async () => {
    const heard: string[] = [];
    const end = await there.subscribe('model', 'm', () => heard.push('ended'));
    await there.subscribe('model', 'm', () => heard.push('kept'));
    end();
    end();
    here.publish('model', 'm');
    await eventually(() => expect(heard).toEqual(['kept']));
  });

  it('wakes every listener after a reconnect and carries hints again', async () => {
    const heard: string[] = [];
    await there.subscribe('replica', 'w1', (id) => heard.push(id));
    await there.subscribeAll('deployment', (id) => heard.push(id));
    await server.interrupt();
    await eventually(() => expect(heard).toEqual(expect.arrayContaining(['w1', '*'])), { timeoutMs: 20_000 });
    heard.length = 0;
    // The sender may reconnect later than the listener; what it could not send waits in it.
    here.publish('replica', 'w1');
    await eventually(() => expect(heard).toContain('w1'));
  });

  it('sends what waits before it closes', async () => {
    const third = await server.open();
    const heard: string[] = [];
    await there.subscribe('job', 'last', (id) => heard.push(id));
    third.publish('job', 'last');
    await third.close();
    await eventually(() => expect(heard).toEqual(['last']));
  });
}

describe('the event bus on Postgres', () => keepsTheContract(postgresServer));
describeWithRedis('the event bus on Redis', () => keepsTheContract(redisServer));

describe('opening the event bus', () => {
  it.each([['postgres://x:y@127.0.0.1:9/none', null], ['', 'redis://127.0.0.1:9']])('says UNAVAILABLE when its server is away (%s %s)', async (databaseUrl, redisUrl) => {
    await expect(openEventBus({ databaseUrl, redisUrl, log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
