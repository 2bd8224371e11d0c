import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { Log } from '../log';
import { AdvisoryLocks } from './advisory-locks';
import type { Database, EntityClass, Statement } from './database';
import { PlatformPool } from './pool';
import { StatementLog } from './statement-log';
import { asUnavailable } from './unavailable';

export interface DatabaseSettings {
  url: string;
  /** Connections of this process; waiting longer than 10 s for one is UNAVAILABLE. */
  poolSize: number;
  entities: readonly EntityClass[];
  log: Log;
}

/**
 * Opens this process's one pool and waits for its first connection.
 * @throws UNAVAILABLE when Postgres cannot be reached
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const state: PoolState = { isClosing: false };
  const source = dataSourceOf(settings, state);
  try {
    await source.initialize();
  } catch (error) {
    throw asUnavailable(error);
  }
  return new PostgresDatabase(source, new AdvisoryLocks(settings.url, settings.log), state);
}

/** A pool counts as ended while its sockets still close; a server that stops right after it would be reported as a fault. */
interface PoolState {
  isClosing: boolean;
}

function dataSourceOf({ url, poolSize, entities, log }: DatabaseSettings, state: PoolState): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    connectTimeoutMS: 10_000,
    applicationName: 'modelgraph',
    driver: { ...pg, Pool: PlatformPool },
    // Idle connections die with every restart of the server; the pool opens new ones.
    poolErrorHandler: (error: unknown) => { if (!state.isClosing) log.warn({ err: error }, 'database connection lost'); },
    // A generic plan opens the partitions that its parameters ask for; Postgres' own choice counts all of them and would plan anew for every call.
    extra: { keepAlive: true, idleTimeoutMillis: 30_000, options: '-c plan_cache_mode=force_generic_plan' },
    entities: [...entities],
    migrations: [],
    synchronize: false,
    installExtensions: false,
    logger: new StatementLog(log),
  });
}

class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;

  constructor(readonly source: DataSource, private readonly locks: AdvisoryLocks, private readonly state: PoolState) {
    this.#pool = (source.driver as unknown as { master: pg.Pool }).master;
  }

  async query<Row extends object>(statement: Statement): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row & pg.QueryResultRow>(statement)).rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.source.transaction(work);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.locks.exclusively(name, work);
  }

  async close(): Promise<void> {
    this.state.isClosing = true;
    await this.locks.close();
    if (this.source.isInitialized) await this.source.destroy();
  }
}
