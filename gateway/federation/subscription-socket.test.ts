import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { PlatformError } from '../../platform/errors';
import { TEST_SCOPE } from '../../test/support/subgraphs';
import { SubscriptionSocket } from './subscription-socket';

let server: WebSocketServer;
let upstream: SubscriptionSocket;

/** Speaks as much graphql-ws as a stream needs: the acknowledgement, and one event per subscription. */
function serveEvents(socket: WebSocket): void {
  socket.on('message', (data) => {
    const { type, id } = JSON.parse(String(data)) as { type: string; id?: string };
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (type === 'subscribe') socket.send(JSON.stringify({ id, type: 'next', payload: { data: { tick: 1 } } }));
  });
}

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (protocols) => [...protocols][0] ?? false });
  server.on('connection', serveEvents);
  await new Promise((resolve) => { server.once('listening', resolve); });
  upstream = new SubscriptionSocket({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, maxMessageBytes: 1_000,
    unavailable: (reason) => new PlatformError('SUBGRAPH_UNAVAILABLE', reason),
  });
});

afterEach(async () => {
  await upstream.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => { server.close(resolve); });
});

const subscribe = () => upstream.subscribe('subscription { tick }', undefined, TEST_SCOPE);

describe('the socket to a subgraph', () => {
  it('is a new one for what subscribes while the old one closes', async () => {
    const first = await subscribe();
    expect((await first.next()).value).toEqual({ data: { tick: 1 } });
    const [old] = server.clients;
    // The peer hears the closing and says nothing to it.
    const connection = (old as unknown as { _socket: Socket })._socket;
    connection.removeAllListeners('data');
    const closing = once(connection.resume(), 'data');
    const ended = first.next();
    old!.send('x'.repeat(2_000));
    await closing;
    const second = await subscribe();
    expect((await second.next()).value).toEqual({ data: { tick: 1 } });
    expect((await ended).value).toMatchObject({ errors: [{ message: expect.stringContaining('closed') }] });
    await second.return!();
  });
});
