import { EventEmitter } from 'node:events';
import pg from 'pg';
import { asUnavailable } from '../database/unavailable';
import { PlatformError } from '../errors';

/**
 * The one pool of BullMQ in this process, in the shape BullMQ asks of a pool. BullMQ waits before it tries again only after errors that it
 * knows as refused connections; after any other, such as "the database system is starting up" or "too many clients", its main loop runs on
 * without a pause. So all errors that mean "away" look refused to it.
 */
export class QueuePool extends EventEmitter {
  readonly #pool: pg.Pool;

  constructor(settings: { url: string; schema: string; max: number }) {
    super();
    // Every queue of the process listens to the one pool.
    this.setMaxListeners(0);
    this.#pool = new pg.Pool({
      connectionString: settings.url, max: settings.max, connectionTimeoutMillis: 4_000, keepAlive: true,
      options: `-c search_path=${settings.schema}`, application_name: 'modelgraph queue',
    });
    this.#pool.on('error', (error) => { if (this.listenerCount('error') > 0) this.emit('error', error); });
  }

  /** BullMQ reads `keepAlive` here: without it an idle consumer polls every 10 s. */
  get options(): { keepAlive: boolean } {
    return { keepAlive: true };
  }

  async connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw asRefused(error);
    }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>(text, values);
    } catch (error) {
      throw asRefused(error);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

function asRefused(error: unknown): unknown {
  const known = asUnavailable(error);
  return known instanceof PlatformError ? Object.assign(new Error(known.message, { cause: error }), { code: 'ECONNREFUSED' }) : error;
}
