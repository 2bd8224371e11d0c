import { type IQueueBackend, PostgresConnection, PostgresQueueBackend, Queue, type QueueBaseOptions, runMigrations, Worker } from 'bullmq';
import pg from 'pg';
import { withMigrationLock } from '../database/migrate';
import { asUnavailable } from '../database/unavailable';
import type { Log } from '../log';
import type { QueueDriver } from './driver';
import { QueuePool } from './queue-pool';

const SCHEMA = 'bullmq';

/** Statements in flight at a time, all queues of the process together; one connection more listens. */
const CONNECTIONS = 8;

/** Brings BullMQ's own schema to this version; like every migration, one process at a time. */
export function migrateQueueSchema({ url, log }: { url: string; log: Log }): Promise<void> {
  return withMigrationLock({ url, log }, async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await runMigrations(client, SCHEMA);
    } finally {
      await client.end();
    }
  });
}

/** @throws UNAVAILABLE when Postgres cannot be reached now; later losses heal by themselves. */
export async function openPostgresDriver({ url, log }: { url: string; log: Log }): Promise<QueueDriver> {
  const pool = new QueuePool({ url, schema: SCHEMA, max: CONNECTIONS + 1 });
  const connection = new SharedConnection(pool as never);
  connection.on('error', (error: Error) => log.warn({ err: error }, 'queue connection lost'));
  try {
    // BullMQ remembers the first outcome for good, so it is had before any queue is opened.
    await connection.waitUntilReady();
  } catch (error) {
    await pool.end();
    throw asUnavailable(error);
  }
  const factory = (name: string, options: QueueBaseOptions) => new SharedBackend(connection, name, options) as IQueueBackend;
  return {
    kind: 'postgres',
    queue: (name, options) => new Queue(name, { ...options, connection: {} }, factory),
    worker: (name, processor, options) => new Worker(name, processor, { ...options, connection: {} }, factory),
    ready: () => Promise.resolve(),
    epoch: () => schemaIdentity(pool),
    async close() {
      await connection.close();
      await pool.end();
    },
  };
}

/** Entries live and die with the database that holds the rows, unless someone drops the schema. */
async function schemaIdentity(pool: QueuePool): Promise<string> {
  const { rows } = await pool.query<{ oid: string }>(`select oid::text from pg_namespace where nspname = $1`, [SCHEMA]);
  return `postgres-${rows[0]?.oid ?? 'none'}`;
}

/** One pool and one listening connection for all queues of the process: with BullMQ's own way each consumer would hold one of each. */
class SharedConnection extends PostgresConnection {
  constructor(...parameters: ConstructorParameters<typeof PostgresConnection>) {
    super(...parameters);
    this.setMaxListeners(0);
  }

  override async getListenClient(): ReturnType<PostgresConnection['getListenClient']> {
    const client = await super.getListenClient();
    // Every waiting consumer listens on it, far more than Node's warning expects.
    (client as unknown as pg.Client).setMaxListeners(0);
    return client;
  }
}

/** A backend that leaves the shared connection open, yet listens anew after it was lost and counts as closed once its queue is. */
class SharedBackend extends PostgresQueueBackend {
  readonly #shared: PostgresConnection;
  readonly #relisten = (): void => {
    void this.disconnectBlocking();
    void this.reconnectBlocking();
  };

  constructor(connection: PostgresConnection, name: string, options: QueueBaseOptions) {
    super(connection, name, options as never, false);
    this.#shared = connection;
    connection.on('listenerinvalidated', this.#relisten);
  }

  override close(): Promise<void> {
    this.#shared.off('listenerinvalidated', this.#relisten);
    this.closing ??= Promise.resolve();
    return this.closing;
  }
}
