import crypto from 'node:crypto';
import pg from 'pg';
import { migrations } from '../../migrations';
import type { Database, EntityClass } from '../../platform/database/database';
import { migrate } from '../../platform/database/migrate';
import { openDatabase } from '../../platform/database/open-database';
import { silentLog } from '../../platform/log';
import { ensureDatabase } from '../../platform/postgres/ensure-database';

export interface FreshDatabase {
  database: Database;
  url: string;
  /** Closes and drops it; a database that is not dropped stays for a look until the next run. */
  drop(): Promise<void>;
}

/** A database of its own with every migration applied, cloned from a template that is migrated once per run. */
export async function freshDatabase(entities: readonly EntityClass[] = []): Promise<FreshDatabase> {
  const template = await migratedTemplate();
  const { url, drop } = await cloneOf(template);
  const database = await openDatabase({ url, poolSize: 8, entities, log: silentLog() });
  return {
    database, url,
    async drop() {
      await database.close();
      await drop();
    },
  };
}

/** An empty database: for tests of migrations, or of programs that migrate by themselves. */
export function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  return cloneOf('template1');
}

/** Of the run's own server, as its superuser. */
export function controlUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('no test cluster: run through jest, whose global setup starts it');
  return url;
}

async function cloneOf(template: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${crypto.randomBytes(6).toString('hex')}`;
  await onControl((client) => client.query(`create database ${name} template ${template}`));
  return { url: urlOf(name), drop: () => onControl(async (client) => { await client.query(`drop database if exists ${name} with (force)`); }) };
}

let template: Promise<string> | null = null;

/** Jest runs files in several processes: the first makes the template while the others wait for the lock. */
function migratedTemplate(): Promise<string> {
  template ??= onControl(async (client) => {
    const name = `template_${digestOfMigrations()}`;
    await client.query(`select pg_advisory_lock(hashtext('test template'))`);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 1) return name;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await ensureDatabase(urlOf(draft));
    await migrate({ url: urlOf(draft), migrations, log: silentLog() });
    await client.query(`alter database ${draft} rename to ${name}`);
    return name;
  });
  return template;
}

function digestOfMigrations(): string {
  const text = migrations.map((migration) => migration.name + String(migration)).join('\n');
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function urlOf(name: string): string {
  const url = new URL(controlUrl());
  url.pathname = `/${name}`;
  return url.href;
}

async function onControl<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: controlUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
