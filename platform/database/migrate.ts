import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import { StatementLog } from './statement-log';
import { asUnavailable } from './unavailable';

export type MigrationClass = new () => MigrationInterface;

/** TypeORM's own ledger; its rows are never deleted, since migrations only go forward. */
const LEDGER = 'migration';

export interface MigrationSettings {
  url: string;
  /** In order; class names end in 13 digits that rise with the order. */
  migrations: readonly MigrationClass[];
  log: Log;
}

/**
 * Brings the database to this version, one transaction per migration; resolves with the names of those that ran.
 * TypeORM itself has no lock: two processes that start together would run the same migration twice.
 * @throws DATABASE_TOO_NEW when a newer version migrated it
 * @throws UNAVAILABLE when Postgres cannot be reached
 */
export function migrate({ url, migrations, log }: MigrationSettings): Promise<string[]> {
  return withMigrationLock({ url, log }, async () => {
    const source = new DataSource({
      type: 'postgres', url, poolSize: 1, migrations: [...migrations], migrationsTableName: LEDGER, installExtensions: false,
      logger: new StatementLog(log),
    });
    await source.initialize();
    try {
      await refuseNewer(source, migrations);
      const ran = await source.runMigrations({ transaction: 'each' });
      return ran.map(({ name }) => name);
    } finally {
      await source.destroy();
    }
  });
}

/** Runs `work` while no other process migrates this database; waits for one that does. */
export async function withMigrationLock<T>({ url, log }: { url: string; log: Log }, work: () => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'modelgraph migrate' });
  session.on('error', (error) => log.warn({ err: error }, 'migration lock lost'));
  try {
    await session.connect();
    await lock(session, log);
    return await work();
  } catch (error) {
    throw asUnavailable(error);
  } finally {
    await session.end();
  }
}

const LOCK_KEY = `hashtextextended('modelgraph migrate', 0)`;

async function lock(session: pg.Client, log: Log): Promise<void> {
  const { rows } = await session.query<{ locked: boolean }>(`select pg_try_advisory_lock(${LOCK_KEY}) as locked`);
  if (rows[0]?.locked) return;
  log.info('waiting for another process that migrates the database');
  await session.query(`select pg_advisory_lock(${LOCK_KEY})`);
}

async function refuseNewer(source: DataSource, migrations: readonly MigrationClass[]): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = (await executedNames(source)).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new PlatformError(
    'DATABASE_TOO_NEW',
    `The database holds migrations this version does not know (${unknown.join(', ')}): start the newer version, or restore an older backup.`,
    { unknown },
  );
}

async function executedNames(source: DataSource): Promise<string[]> {
  const [table] = await source.query<{ found: boolean }[]>(`select to_regclass('${LEDGER}') is not null as found`);
  if (!table?.found) return [];
  const rows = await source.query<{ name: string }[]>(`select name from ${LEDGER} order by id`);
  return rows.map(({ name }) => name);
}
