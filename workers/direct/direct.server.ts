import net from 'node:net';
import os from 'node:os';
import type { DirectTokens } from '../../platform/direct/token';
import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { DirectReplicas } from './direct-replicas';
import { DirectConnection } from './direct.connection';

export interface DirectServerParts {
  host: string;
  /** 0 takes a free one. */
  port: number;
  tokens: DirectTokens;
  log: Log;
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Takes direct calls from inference services, over connections that stay. */
export class DirectServer {
  readonly #server = net.createServer({ noDelay: true });
  readonly #sockets = new Set<net.Socket>();
  #address: string | null = null;

  constructor(private readonly parts: DirectServerParts) {}

  /** `host:port` as others reach it; null while it does not listen. */
  get address(): string | null {
    return this.#address;
  }

  async listen(replicas: DirectReplicas): Promise<void> {
    const { host, port } = this.parts;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen({ host, port }, () => resolve());
    });
    const name = WILDCARDS.has(host) ? os.hostname() : host;
    this.#address = `${name.includes(':') ? `[${name}]` : name}:${(this.#server.address() as net.AddressInfo).port}`;
    this.#server.on('connection', (socket) => void this.#serve(socket, replicas));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: net.Socket, replicas: DirectReplicas): Promise<void> {
    const { tokens, log } = this.parts;
    this.#sockets.add(socket);
    try {
      await new DirectConnection({ socket, replicas, admits: (token) => tokens.isValid(token, this.#address!) }).serve();
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'direct connection ended');
    } finally {
      socket.destroy();
      this.#sockets.delete(socket);
    }
  }
}
