import WebSocket from 'ws';
import { eventually } from '../support/eventually';
import { connect, type Doors, openDoors, standstill } from '../support/door.gateway';

let doors: Doors;
beforeEach(async () => { doors = await openDoors(); });
afterEach(() => doors.close());

/** A socket that speaks the protocol by hand. */
async function rawSocket(): Promise<WebSocket> {
  const socket = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  const acknowledged = new Promise((resolve) => { socket.once('message', resolve); });
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  await acknowledged;
  return socket;
}
const subscribe = (id: string, query: string) => JSON.stringify({ id, type: 'subscribe', payload: { query } });
const closing = (socket: WebSocket) => new Promise<number>((resolve) => { socket.once('close', (code) => resolve(code)); });

describe('a subscription over WebSocket', () => {
  it('delivers every event in order and ends upstream when the client leaves it', async () => {
    const { client } = connect(doors.socketUrl);
    const seen: unknown[] = [];
    for await (const { data } of client.iterate({ query: 'subscription { ticks(last: 9) }' })) {
      seen.push(data);
      if (seen.length === 5) break;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5].map((ticks) => ({ ticks })));
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
    await client.dispose();
  });

  it('ends upstream when the connection breaks while nothing happens', async () => {
    const socket = await rawSocket();
    socket.send(subscribe('1', 'subscription { ticks(last: 1) }'));
    await eventually(() => expect(doors.tickers[0]?.count).toBe(1));
    socket.terminate();
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
  });

  it('answers a refusal as an error and stays open for others', async () => {
    const { client } = connect(doors.socketUrl);
    const result = (await client.iterate({ query: 'subscription { denied }' }).next()).value as { errors: { extensions: object }[] };
    expect(result.errors[0]!.extensions).toMatchObject({ code: 'JOB_NOT_FOUND', requestId: expect.any(String) });
    await expect(client.iterate({ query: 'subscription { breaks }' }).next()).rejects.toEqual([
      expect.objectContaining({ message: expect.not.stringContaining('hunter2'), extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }),
    ]);
    expect((await client.iterate({ query: '{ hello }' }).next()).value).toMatchObject({ data: { hello: 'world' } });
    await client.dispose();
  });

  it('holds the source back for a reader that stalls', async () => {
    const socket = await rawSocket();
    socket.pause();
    socket.send(subscribe('1', 'subscription { flood(bytes: 100000) }'));
    const last = await standstill(doors);
    expect(last).toBeLessThan(1_000);
    socket.resume();
    await eventually(() => expect(doors.tickers[0]!.count).toBeGreaterThan(last));
    socket.terminate();
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
  });
});

describe('the WebSocket door', () => {
  it('closes a socket that sends a frame above the limit', async () => {
    const socket = await rawSocket();
    const closed = closing(socket);
    socket.send(subscribe('1', `{ hello } #${'x'.repeat(64 * 1024)}`));
    expect(await closed).toBe(1009);
  });

  it('closes a socket that speaks no protocol, or before it is acknowledged', async () => {
    const silent = new WebSocket(doors.socketUrl);
    expect(await closing(silent)).toBe(4406);
    const hasty = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
    const closed = closing(hasty);
    hasty.on('open', () => hasty.send(subscribe('1', '{ hello }')));
    expect(await closed).toBe(4401);
    const garbled = await rawSocket();
    const end = closing(garbled);
    garbled.send('{');
    expect(await end).toBe(4400);
  });

  it('refuses the 101st operation at a time', async () => {
    const socket = await rawSocket();
    const errors: string[] = [];
    socket.on('message', (data) => { if (String(data).includes('"type":"error"')) errors.push(String(data)); });
    for (let id = 0; id < 101; id += 1) socket.send(subscribe(String(id), 'subscription { ticks(last: 1) }'));
    await eventually(() => expect(errors).toHaveLength(1));
    expect(errors[0]).toMatch(/GRAPHQL_VALIDATION_FAILED/);
    await eventually(() => expect(doors.tickers).toHaveLength(100));
    socket.terminate();
    await eventually(() => expect(doors.tickers.every(({ isEnded }) => isEnded)).toBe(true));
  });

  it('closes with 1012 at shutdown, after which clients reconnect, and ends every source', async () => {
    const { client, closed } = connect(doors.socketUrl);
    client.subscribe({ query: 'subscription { ticks(last: 1) }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await eventually(() => expect(doors.tickers[0]?.count).toBe(1));
    await doors.close();
    expect(await closed).toMatchObject({ code: 1012 });
    expect(doors.tickers[0]!.isEnded).toBe(true);
    await expect(fetch(doors.url)).rejects.toThrow();
    doors = await openDoors();
  });
});
