import type { Log } from '../log';
import type { EventBus } from './event-bus';
import { HintBus } from './hint-bus';
import { PostgresTransport } from './postgres-transport';
import { RedisTransport } from './redis-transport';

/**
 * The bus on Redis where there is one, else on Postgres; connected and subscribed when it resolves.
 * @throws UNAVAILABLE when its server cannot be reached
 */
export async function openEventBus(settings: { databaseUrl: string; redisUrl: string | null; log: Log }): Promise<EventBus> {
  const { databaseUrl, redisUrl, log } = settings;
  const transport = redisUrl === null ? new PostgresTransport(databaseUrl, log) : new RedisTransport(redisUrl, log);
  const bus = new HintBus(transport, log);
  await transport.open();
  return bus;
}
