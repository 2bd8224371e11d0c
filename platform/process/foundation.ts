import type { EventBus } from '../bus/event-bus';
import { openEventBus } from '../bus/open-bus';
import type { Database, EntityClass } from '../database/database';
import { migrate, type MigrationClass } from '../database/migrate';
import { openDatabase } from '../database/open-database';
import type { Environment } from '../env';
import type { Log } from '../log';
import { asMisconfigured } from './misconfigured';
import { startEmbeddedPostgres } from '../postgres/embedded-postgres';
import { openQueue } from '../queue/open-queue';
import type { QueueBackend } from '../queue/queue';
import type { ShutdownStack } from './shutdown';
import { untilAvailable } from './until-available';

export interface FoundationSettings {
  environment: Pick<Environment, 'data' | 'postgres' | 'redis'>;
  entities: readonly EntityClass[];
  migrations: readonly MigrationClass[];
  log: Log;
  stack: ShutdownStack;
  /** Tells the processes of one platform apart in the log. */
  processName: string;
}

/** What every process stands on. */
export interface Foundation {
  database: Database;
  bus: EventBus;
  queue: QueueBackend;
  /** Also of the embedded Postgres, for the worker processes. */
  databaseUrl: string;
}

/**
 * Opens Postgres (an embedded one without DATABASE_URL), migrates it, and opens the bus and the queue; each is closed by the stack, in
 * reverse. An external server may be up to 30 s late.
 * @throws UNAVAILABLE, CONFIGURATION_INVALID, DATABASE_TOO_NEW, REDIS_POLICY, and what the embedded Postgres throws
 */
export async function openFoundation(settings: FoundationSettings): Promise<Foundation> {
  const { environment, entities, migrations, stack } = settings;
  const log = settings.log.child({ part: 'foundation', processName: settings.processName });
  const redisUrl = environment.redis?.url ?? null;
  const databaseUrl = environment.postgres.url ?? await startPostgres(environment.data.dir, log, stack);

  await untilAvailable('Postgres', log, () => migrate({ url: databaseUrl, migrations, log })).catch(rethrowAs('DATABASE_URL'));
  const database = await openDatabase({ url: databaseUrl, poolSize: environment.postgres.poolSize, entities, log });
  stack.push('database', () => database.close());

  const server = redisUrl === null ? 'Postgres' : 'Redis';
  const bus = await untilAvailable(server, log, () => openEventBus({ databaseUrl, redisUrl, log })).catch(rethrowAs('REDIS_URL'));
  stack.push('event bus', () => bus.close());
  const queue = await untilAvailable(server, log, () => openQueue({ databaseUrl, redisUrl, log }));
  stack.push('queue', () => queue.close());

  return { database, bus, queue, databaseUrl };
}

async function startPostgres(dataDir: string, log: Log, stack: ShutdownStack): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir, database: 'modelgraph', log });
  stack.push('embedded Postgres', () => postgres.stop());
  return postgres.url;
}

function rethrowAs(variable: 'DATABASE_URL' | 'REDIS_URL') {
  return (error: unknown): never => { throw asMisconfigured(error, variable); };
}
