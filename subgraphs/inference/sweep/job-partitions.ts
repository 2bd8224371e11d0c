import type { Database } from '../../../platform/database/database';
import { firstIdAt } from '../../../platform/uuid';

const TABLES = ['job', 'job_chunk', 'job_event'] as const;
const DAY_MS = 86_400_000;
/** Days made ahead: as long as the platform may be without any sweeper before a submit has to make its own. */
const DAYS_AHEAD = 3;

/** The daily partitions of jobs, chunks and events. */
export class JobPartitions {
  constructor(private readonly database: Database) {}

  /** Makes the partitions of today and the next days where they are missing; safe to call from several processes at once. */
  async ensure(now = new Date()): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock(hashtextextended('modelgraph job partitions', 0))`);
      const existing = new Set(await partitionNames((text, values) => manager.query(text, values)));
      for (let ahead = -1; ahead <= DAYS_AHEAD; ahead += 1) {
        const day = startOfDay(new Date(now.getTime() + ahead * DAY_MS));
        for (const table of TABLES) if (!existing.has(partitionName(table, day))) await manager.query(createSql(table, day));
      }
    });
  }

  /** Drops the days that lie wholly before the retention; returns the names of the partitions that went. */
  async dropBefore(oldest: Date): Promise<string[]> {
    const bound = partitionDay(startOfDay(oldest));
    const expired = (await partitionNames((text, values) => this.database.query({ text, values }))).filter((name) => name.slice(-8) < bound);
    for (const name of expired) await this.database.query({ text: `drop table if exists ${name}`, values: [] });
    return expired;
  }
}

async function partitionNames(query: (text: string, values: unknown[]) => Promise<{ name: string }[]>): Promise<string[]> {
  const rows = await query(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = any($1::regclass[]) and c.relname ~ '_[0-9]{8}$'`,
    [TABLES],
  );
  return rows.map(({ name }) => name);
}

function createSql(table: string, day: Date): string {
  const [from, to] = [firstIdAt(day), firstIdAt(new Date(day.getTime() + DAY_MS))];
  // Rows are updated two to three times within seconds: room on the page keeps those updates there.
  return `create table if not exists ${partitionName(table, day)} partition of ${table} for values from ('${from}') to ('${to}')${table === 'job' ? ' with (fillfactor = 60)' : ''}`;
}

function startOfDay(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / DAY_MS) * DAY_MS);
}

function partitionDay(day: Date): string {
  return day.toISOString().slice(0, 10).replaceAll('-', '');
}

function partitionName(table: string, day: Date): string {
  return `${table}_${partitionDay(day)}`;
}
