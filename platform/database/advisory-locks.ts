import pg from 'pg';
import type { Log } from '../log';
import { asUnavailable } from './unavailable';

/**
 * Session advisory locks of one process, all held by one connection outside the pool: a lock that is held for long must not starve
 * the statements of its own holder. The same session may take an advisory lock twice, so names held here are kept in a set as well.
 * When the connection is lost its locks are lost with it: what runs under a lock must stand a second runner, as with any lease.
 */
export class AdvisoryLocks {
  #session: Promise<pg.Client> | null = null;
  readonly #held = new Set<string>();
  /** One statement at a time on the one connection. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly url: string, private readonly log: Log) {}

  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#held.has(name)) return null;
    this.#held.add(name);
    try {
      return await this.#runLocked(name, work);
    } finally {
      this.#held.delete(name);
    }
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => null);
    this.#session = null;
    await session?.end();
  }

  async #runLocked<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    const session = await this.#open();
    if (!await this.#inTurn(() => tryLock(session, name))) return null;
    try {
      return await work();
    } finally {
      await this.#inTurn(() => unlock(session, name)).catch(
        (error: unknown) => this.log.warn({ err: error, lock: name }, 'advisory lock ended with its connection'),
      );
    }
  }

  #inTurn<T>(statement: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(statement);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #open(): Promise<pg.Client> {
    this.#session ??= this.#connect().catch((error: unknown) => {
      this.#session = null;
      throw asUnavailable(error);
    });
    return this.#session;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url, connectionTimeoutMillis: 10_000, keepAlive: true, application_name: 'modelgraph locks',
    });
    client.on('error', (error) => this.log.warn({ err: error }, 'lock connection lost'));
    client.on('end', () => { this.#session = null; });
    await client.connect();
    return client;
  }
}

async function tryLock(session: pg.Client, name: string): Promise<boolean> {
  const text = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked';
  const { rows } = await session.query<{ locked: boolean }>(text, [name]).catch((error: unknown) => { throw asUnavailable(error); });
  return rows[0]?.locked === true;
}

async function unlock(session: pg.Client, name: string): Promise<void> {
  await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
}
