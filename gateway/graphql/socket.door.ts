import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { HostGuard } from '../identity/host-guard';
import type { ForwardedHeaders } from '../identity/forwarded.headers';
import type { Identification } from '../identity/identification';
import { refuseConnection } from '../rest/refused.connection';
import type { Subscriptions } from '../streams/subscriptions';
import type { RequestLog } from '../request.log';
import type { Admission } from './admission';
import type { OperationRunner } from './operation.runner';
import { SERVICE_RESTART } from './socket.codes';
import { openConnection, type SocketExtra } from './socket.connection';
import { endSocket, identifySocket, isRefusedKey } from './socket.keys';
import { SocketOperations } from './socket.operations';

export interface SocketDoorOptions {
  runner: OperationRunner;
  admission: Admission;
  subscriptions: Subscriptions;
  identification: Identification;
  forwarding: ForwardedHeaders;
  settings: { frameMaxBytes: number; streams: { total: number } };
  requests: RequestLog;
  /** Told of each frame above the limit; its socket is closed with 1009. */
  onFrameTooLarge(): void;
  log: Log;
  /** How often silent sockets are pinged, and those that did not answer the last ping ended. */
  heartbeatMs?: number;
  /** How often the keys of open sockets are looked up again. */
  keyCheckMs?: number;
}

/** With what the authenticator remembers (ANSWER_TTL_MS) a socket outlives its key by less than 2 s. */
export const KEY_CHECK_MS = 500;
const CLOSE_GRACE_MS = 2_000;

/** GraphQL over WebSocket (graphql-transport-ws) at /graphql, on the port of the HTTP door. */
export class SocketDoor {
  readonly #sockets: WebSocketServer;
  readonly #protocol: Server<SocketExtra>;
  readonly #open = new Set<SocketExtra>();
  readonly #timers: NodeJS.Timeout[];
  #isClosing = false;

  constructor(private readonly options: SocketDoorOptions) {
    const { settings, heartbeatMs = 12_000, keyCheckMs = KEY_CHECK_MS } = options;
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: settings.frameMaxBytes, perMessageDeflate: false, handleProtocols });
    this.#protocol = new SocketOperations(options).protocol();
    this.#timers = [setInterval(() => this.#beat(), heartbeatMs).unref(), setInterval(() => this.#checkKeys(), keyCheckMs).unref()];
  }

  get openSockets(): number {
    return this.#open.size;
  }

  /** Takes an upgrade over from the HTTP server, or answers why not. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer, guard: HostGuard): void {
    duplex.on('error', () => duplex.destroy());
    try {
      if (new URL(request.url ?? '/', 'http://gateway').pathname !== '/graphql') throw new PlatformError(
        'BAD_USER_INPUT', 'WebSockets are served at /graphql alone.',
      );
      if (this.#isClosing) throw new PlatformError('UNAVAILABLE', 'The gateway is shutting down.');
      guard.check(request);
      const { total } = this.options.settings.streams;
      if (this.#open.size >= total) throw new PlatformError('TOO_MANY_STREAMS', `This gateway holds ${total} sockets already; try again later.`);
    } catch (error) {
      refuseConnection(duplex, error, this.options.log);
      return;
    }
    this.#sockets.handleUpgrade(request, duplex, head, (socket) => this.#accept(socket, request));
  }

  /** Ends every socket so that its client reconnects elsewhere; resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearInterval(timer);
    const gone = [...this.#open].map(({ socket }) => new Promise((resolve) => { socket.once('close', resolve); }));
    for (const { socket } of this.#open) socket.close(SERVICE_RESTART, 'Service restart');
    const late = setTimeout(() => { for (const { socket } of this.#open) socket.terminate(); }, CLOSE_GRACE_MS);
    await Promise.all(gone);
    clearTimeout(late);
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const extra: SocketExtra = { socket, request, authorization: undefined, isAlive: true };
    this.#open.add(extra);
    socket.once('close', () => this.#open.delete(extra));
    openConnection(this.#protocol, extra, this.options);
  }

  /** Ends sockets that have not read the last ping, stalled readers among them: it waits behind what they do not take. */
  #beat(): void {
    for (const extra of this.#open) {
      if (!extra.isAlive) { extra.socket.terminate(); continue; }
      extra.isAlive = false;
      if (extra.socket.readyState === extra.socket.OPEN) extra.socket.ping();
    }
  }

  /** A socket ends with its key. */
  #checkKeys(): void {
    for (const extra of this.#open) {
      if (extra.authorization === undefined) continue;
      // A look-up that fails ends no socket: the key may well be valid.
      identifySocket(extra, this.options.identification).catch((error: unknown) => { if (isRefusedKey(error)) endSocket(extra, error); });
    }
  }
}
