import net, { type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Transform } from 'node:stream';

/** What happens to a connection in place of being led on. */
export type LinkFault = (connection: Socket) => void;

/** What happens to a connection that is led on already. `onward` is its other half, at the server. */
export type MidwayFault = (connection: Socket, onward: Socket) => void;

/** A front before one server that can fail in every way a network and the server behind it can. */
export class FaultyLink {
  /** With the other half of those that are led on. */
  readonly #connections = new Map<Socket, Socket | null>();
  #fault: LinkFault | null = null;
  #through: () => Transform = () => new PassThrough();
  /** Connections that met a fault. */
  met = 0;

  private constructor(private readonly server: net.Server, private readonly target: URL) {
    server.on('connection', (connection) => this.#accept(connection));
  }

  static async before(target: string): Promise<FaultyLink> {
    const server = net.createServer({ noDelay: true });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return new FaultyLink(server, new URL(target));
  }

  get url(): string {
    const url = new URL(this.target);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Connections that were open end with it, so that each request meets the fault. */
  set(fault: LinkFault | null): void {
    this.#fault = fault;
    for (const connection of this.#connections.keys()) connection.destroy();
  }

  /** What the bytes of new connections go through, each way on its own; null: straight. An error of it ends the connection. */
  lead(through: (() => Transform) | null): void {
    this.#through = through ?? (() => new PassThrough());
    for (const connection of this.#connections.keys()) connection.destroy();
  }

  /** Happens to what is open, once; new connections are led on. */
  strike(fault: MidwayFault): void {
    for (const [connection, onward] of this.#connections) {
      if (!onward) continue;
      this.met += 1;
      fault(connection, onward);
    }
  }

  async close(): Promise<void> {
    this.set(null);
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  #accept(connection: Socket): void {
    this.#connections.set(connection, null);
    connection.on('error', () => connection.destroy()).once('close', () => this.#connections.delete(connection));
    if (this.#fault) {
      this.met += 1;
      return this.#fault(connection);
    }
    const onward = net.connect(Number(this.target.port), this.target.hostname);
    this.#connections.set(connection, onward);
    onward.on('error', () => connection.destroy()).once('close', () => connection.destroy());
    connection.once('close', () => onward.destroy());
    this.#join(connection, onward);
    this.#join(onward, connection);
  }
  #join(from: Socket, to: Socket): void {
    const way = this.#through();
    way.on('error', () => { this.met += 1; from.destroy(); });
    from.pipe(way).pipe(to);
  }
}
