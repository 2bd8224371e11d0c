import pg from 'pg';
import { asUnavailable } from '../database/unavailable';
import type { Log } from '../log';
import type { HintTransport } from './hint-bus';

const CHANNEL = 'modelgraph_hints';
const RETRY_MS = { first: 100, most: 2_000 };

/** LISTEN and NOTIFY over one connection outside the pool: a subscription lives on its connection, and a full pool must not delay hints. */
export class PostgresTransport implements HintTransport {
  onPayload: (payload: string) => void = () => undefined;
  onResumed: () => void = () => undefined;
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(private readonly url: string, private readonly log: Log) {}

  get isReady(): boolean {
    return this.#client !== null;
  }

  /** @throws UNAVAILABLE when Postgres cannot be reached; later losses heal by themselves. */
  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async send(payloads: string[]): Promise<void> {
    if (!this.#client) throw new Error('not connected');
    await this.#client.query({
      name: 'notify', text: 'select pg_notify($1, payload) from unnest($2::text[]) as payload', values: [CHANNEL, payloads],
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry) clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url, connectionTimeoutMillis: 5_000, keepAlive: true, application_name: 'modelgraph bus',
    });
    client.on('error', (error) => this.log.warn({ err: error }, 'event bus connection lost'));
    client.on('notification', ({ payload }) => this.onPayload(payload ?? ''));
    client.on('end', () => this.#lost(client));
    await client.connect();
    // Hints need no flush to disk: they say nothing that the rows do not.
    await client.query(`set synchronous_commit = off`);
    await client.query(`listen ${CHANNEL}`);
    if (this.#isClosed) await client.end();
    else this.#client = client;
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#reconnectIn(RETRY_MS.first);
  }

  #reconnectIn(waitMs: number): void {
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#connect().then(() => this.#resumed(), () => this.#reconnectIn(Math.min(waitMs * 2, RETRY_MS.most)));
    }, waitMs);
  }

  #resumed(): void {
    if (this.#isClosed) return;
    this.log.info('event bus connected again');
    this.onResumed();
  }
}
