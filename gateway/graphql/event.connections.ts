import type { Credentials, Identification } from '../identity/identification';
import type { EventConnection } from './event.connection';
import { isRefusedKey } from './socket.keys';

export interface EventConnectionsOptions {
  identification: Identification;
  /** How often a sign of life is sent, and a connection that takes none given up. */
  heartbeatMs?: number;
  /** How often the keys of open connections are looked up again; the authenticator remembers answers for a moment more. */
  keyCheckMs?: number;
}

/** The open event connections of this gateway. */
export class EventConnections {
  readonly #open = new Map<EventConnection, Credentials>();
  readonly #timers: NodeJS.Timeout[];

  constructor(private readonly options: EventConnectionsOptions) {
    const { heartbeatMs = 12_000, keyCheckMs = 500 } = options;
    this.#timers = [setInterval(() => this.#beat(), heartbeatMs).unref(), setInterval(() => this.#checkKeys(), keyCheckMs).unref()];
  }

  add(connection: EventConnection, credentials: Credentials): void {
    this.#open.set(connection, credentials);
  }

  delete(connection: EventConnection): void {
    this.#open.delete(connection);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of [...this.#open.keys()]) connection.interrupt();
  }

  #beat(): void {
    for (const connection of this.#open.keys()) connection.beat();
  }

  /** A connection ends with its key; a look-up that fails ends none. */
  #checkKeys(): void {
    for (const [connection, credentials] of this.#open) {
      if (credentials.authorization === undefined) continue;
      this.options.identification.identify(credentials).catch((error: unknown) => { if (isRefusedKey(error)) connection.interrupt(); });
    }
  }
}
