import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { silentLog } from '../../platform/log';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/postgres/embedded-postgres';
import { isAlive } from '../../platform/postgres/process-identity';
import { eventually } from '../support/eventually';

const support = path.resolve(__dirname, '..', 'support');
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelgraph-postgres-'));
const home = path.join(dataDir, 'postgres');
const start = () => startEmbeddedPostgres({ dataDir, database: 'modelgraph', log: silentLog() });

interface Answer { url?: string; pid?: number; code?: string }

/** Ended after the file, whatever failed. */
const children: ChildProcess[] = [];

async function startElsewhere(): Promise<{ child: ChildProcess; answer: Answer }> {
  const arguments_ = ['-r', path.join(support, 'register-typescript.cjs'), path.join(support, 'embedded-postgres.program.ts'), dataDir];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line') as [string];
  return { child, answer: JSON.parse(line) as Answer };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The shell that would end Postgres with its platform: `kill -9` of a whole container takes it along. */
function deadManSwitchOf(pid: number): number {
  const isIt = (entry: string) => {
    try { return fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`kill -INT ${pid}`); } catch { return false; }
  };
  return Number(fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).find(isIt));
}

afterAll(async () => {
  for (const child of children) await kill(child);
  fs.rmSync(dataDir, { recursive: true, force: true });
});

describe('the embedded Postgres', () => {
  it('makes a whole cluster over what an interrupted initdb left, durable and reachable by TCP alone', async () => {
    fs.mkdirSync(path.join(home, 'cluster', 'base'), { recursive: true });
    fs.mkdirSync(path.join(home, 'cluster.unfinished', 'base'), { recursive: true });
    const postgres = await start();
    const settings = await query<{ name: string; setting: string }>(
      postgres.url, `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'unix_socket_directories', 'listen_addresses') order by name`,
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['on', '127.0.0.1', 'on', '']);
    expect(await query(postgres.url, `select lower('ÄÉ') as lowered`)).toEqual([{ lowered: 'äé' }]);
    expect(await query(postgres.url, 'create table kept (id int)')).toEqual([]);
    const last = postgres.pid;
    await postgres.stop();
    expect(isAlive(last)).toBe(false);
  });

  it('keeps its data and its port over a stop and a start', async () => {
    const port = fs.readFileSync(path.join(home, 'port'), 'utf8');
    const postgres = await start();
    expect(new URL(postgres.url).port).toBe(port);
    expect(await query(postgres.url, 'select * from kept')).toEqual([]);
    await postgres.stop();
  });

  it('takes another port when something else listens on its own', async () => {
    const port = Number(fs.readFileSync(path.join(home, 'port'), 'utf8'));
    const other = net.createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const postgres = await start();
    expect(Number(new URL(postgres.url).port)).not.toBe(port);
    await postgres.stop();
    other.close();
  });

  it('starts again on the same port when the server dies', async () => {
    const postgres: EmbeddedPostgres = await start();
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]), { timeoutMs: 30_000 });
    expect(postgres.pid).not.toBe(pid);
    const last = postgres.pid;
    await postgres.stop();
    expect(isAlive(last)).toBe(false);
  });

  it('refuses a second live platform on the same directory with DATA_DIR_LOCKED', async () => {
    const postgres = await start();
    const { child, answer } = await startElsewhere();
    expect(answer.code).toBe('DATA_DIR_LOCKED');
    await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    expect(await query(postgres.url, 'select * from kept')).toEqual([]);
    await kill(child);
    await postgres.stop();
  });

  it('lets one win of several that start together over the lock of a killed one', async () => {
    fs.writeFileSync(path.join(home, 'platform.lock'), JSON.stringify({ pid: 2_147_483_647, start: '1' }));
    const started = await Promise.all([1, 2, 3, 4].map(() => startElsewhere()));
    expect(started.map(({ answer }) => answer.code ?? 'started').sort()).toEqual(['DATA_DIR_LOCKED', 'DATA_DIR_LOCKED', 'DATA_DIR_LOCKED', 'started']);
    const winner = started.find(({ answer }) => answer.pid)!;
    for (const { child } of started) await kill(child);
    await eventually(() => expect(isAlive(winner.answer.pid!)).toBe(false));
  });

  it('ends with its platform, even by kill -9, and the next start finds the committed rows', async () => {
    const { child, answer } = await startElsewhere();
    await query(answer.url!, 'insert into kept values (1)');
    await kill(child);
    await eventually(() => expect(isAlive(answer.pid!)).toBe(false));
    const postgres = await start();
    expect(await query(postgres.url, 'select * from kept')).toEqual([{ id: 1 }]);
    await postgres.stop();
  });

  it('takes over from a server that outlived its killed platform', async () => {
    const { child, answer } = await startElsewhere();
    process.kill(deadManSwitchOf(answer.pid!), 'SIGKILL');
    await kill(child);
    expect(isAlive(answer.pid!)).toBe(true);
    const postgres = await start();
    expect(isAlive(answer.pid!)).toBe(false);
    expect(postgres.url).toBe(answer.url);
    expect(await query(postgres.url, 'select * from kept')).toEqual([{ id: 1 }]);
    await postgres.stop();
  });

  it('is not kept from starting by pids that belong to other programs by now', async () => {
    const bystander = spawn('sleep', ['60']);
    fs.writeFileSync(path.join(home, 'platform.lock'), JSON.stringify({ pid: bystander.pid, start: '1' }));
    fs.writeFileSync(path.join(home, 'cluster', 'postmaster.pid'), `${bystander.pid}\n${path.join(home, 'cluster')}\n`);
    const postgres = await start();
    expect(await query(postgres.url, 'select * from kept')).toEqual([{ id: 1 }]);
    await postgres.stop();
    expect(isAlive(bystander.pid!)).toBe(true);
    await kill(bystander);
  });
});
