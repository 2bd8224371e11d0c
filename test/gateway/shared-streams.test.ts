import { Server } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { createClient as createEventClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { eventually } from '../support/eventually';
import { connect, openDoors, type Doors } from '../support/door.gateway';
import { doorSchema } from '../support/door.schema';
import { supergraphOf } from '../support/schema.supergraph';
import { EventSource } from '../support/subgraphs';

const opened: Doors[] = [];
afterEach(async () => { for (const doors of opened.splice(0)) await doors.close(); });

/** Doors whose subscriptions carry tags, as a composed supergraph tells them. */
async function open(options: Parameters<typeof openDoors>[0] = {}) {
  const { schema, tickers } = doorSchema();
  const graph = supergraphOf(schema);
  const sdl = graph.sdl.replace('ticks(last: Int!): Int!', 'ticks(last: Int!): Int! @tag(name: "stream/state")')
    .replace('flood(bytes: Int!): String!', 'flood(bytes: Int!): String! @tag(name: "stream/log")');
  const floods = new EventSource<{ padding: string }>();
  schema.getSubscriptionType()!.getFields()['flood']!.subscribe = () => floods.open();
  const doors = { ...await openDoors({ supergraph: { ...graph, sdl }, ...options }), tickers, floods };
  opened.push(doors);
  return doors;
}

const TICKS = { query: 'subscription { ticks(last: 3) }' };

describe('equal subscriptions', () => {
  it('of every door share one source, which ends behind the last of them', async () => {
    const doors = await open();
    const [first, second] = [connect(doors.socketUrl).client, connect(doors.socketUrl).client];
    const events = createEventClient({ url: `${doors.url}/graphql`, retryAttempts: 0 });
    const streams = [first.iterate(TICKS), second.iterate(TICKS), events.iterate(TICKS)];
    for (const stream of streams) await eventually(async () => expect((await stream.next()).value).toEqual({ data: { ticks: 3 } }));
    expect(doors.tickers).toHaveLength(1);
    for (const stream of streams.slice(1)) await stream.return!();
    await eventually(() => expect(doors.openStreams()).toBe(1));
    expect(doors.tickers[0]!.isEnded).toBe(false);
    await streams[0]!.return!();
    await eventually(() => expect([doors.tickers[0]!.isEnded, doors.openStreams()]).toEqual([true, 0]));
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('of callers with other roles do not', async () => {
    const doors = await open();
    const [admin, ada] = [connect(doors.socketUrl).client, connect(doors.socketUrl, { connectionParams: { authorization: 'Bearer ada-key' } }).client];
    for (const client of [admin, ada]) await client.iterate(TICKS).next();
    expect(doors.tickers).toHaveLength(2);
    await Promise.all([admin.dispose(), ada.dispose()]);
  });

  it('close a socket with 1013 that falls too far behind a log, and go on for the others', async () => {
    const doors = await open();
    const slow = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
    await new Promise((resolve) => { slow.once('open', resolve); });
    const acknowledged = new Promise((resolve) => { slow.once('message', resolve); });
    slow.send('{"type":"connection_init"}');
    await acknowledged;
    const closed = new Promise((resolve) => { slow.once('close', (code, reason) => resolve([code, String(reason)])); });
    const query = 'subscription { flood(bytes: 0) }';
    slow.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    slow.pause();
    const { client } = connect(doors.socketUrl);
    const seen: unknown[] = [];
    client.subscribe({ query }, { next: ({ data }) => { seen.push(data); }, error: (error) => { throw error; }, complete: () => undefined });
    await eventually(() => expect([doors.openStreams(), doors.floods.opened]).toEqual([2, 1]));
    let emitted = 0;
    while (doors.openStreams() === 2) {
      doors.floods.emit({ padding: `${emitted++} ${'x'.repeat(100_000)}` });
      await eventually(() => expect(seen).toHaveLength(emitted), { intervalMs: 1 });
    }
    slow.resume();
    expect(await closed).toEqual([1013, expect.stringMatching(/Too slow/)]);
    doors.floods.emit({ padding: `${emitted}` });
    await eventually(() => expect(seen.map((data) => parseInt((data as { flood: string }).flood, 10))).toEqual(Array.from({ length: emitted + 1 }, (_, n) => n)));
    await client.dispose();
  });
});

describe('a gateway that stops', () => {
  it('waits for no connection that never sent a request', async () => {
    const doors = await open();
    const silent = connectTcp(doors.port, '127.0.0.1');
    const [, ended] = [await new Promise((resolve) => { silent.once('connect', resolve); }), new Promise((resolve) => { silent.once('close', resolve); })];
    silent.on('error', () => undefined);
    // Answered behind it: the server has seen the silent one by now.
    await fetch(`${doors.url}/livez`).then((answer) => answer.text());
    const grace = jest.spyOn(Server.prototype, 'closeAllConnections');
    await doors.close();
    await ended;
    expect(grace).not.toHaveBeenCalled();
    grace.mockRestore();
  });

  it('sends subscribers of either protocol to the next one', async () => {
    const [stopping, next] = [await open(), await open()];
    let at = stopping;
    const seen: Record<string, unknown[]> = { sockets: [], events: [] };
    const sink = (name: string) => ({ next: (result: unknown) => { seen[name]!.push(result); }, error: () => undefined, complete: () => undefined });
    const sockets = createClient({ url: () => at.socketUrl, webSocketImpl: WebSocket, retryAttempts: 2, retryWait: async () => undefined });
    const events = createEventClient({ url: () => `${at.url}/graphql`, retryAttempts: 2, retry: async () => undefined });
    sockets.subscribe(TICKS, sink('sockets'));
    events.subscribe(TICKS, sink('events'));
    await eventually(() => expect(Object.values(seen).every(({ length }) => length > 0)).toBe(true));
    for (const results of Object.values(seen)) results.length = 0;
    at = next;
    await stopping.close();
    await eventually(() => expect(Object.values(seen).every((results) => JSON.stringify(results.at(-1)) === '{"data":{"ticks":3}}')).toBe(true));
    expect(next.tickers.length).toBeGreaterThan(0);
    events.dispose();
    await sockets.dispose();
  });
});

describe('subscribers that come and go', () => {
  it('leave nothing open, whichever way they go', async () => {
    const doors = await open({ settings: { streams: { perKey: 1_000, total: 1_000 } } });
    for (let round = 0; round < 10; round++) {
      const { client } = connect(doors.socketUrl);
      await client.iterate({ query: '{ hello }' }).next();
      const events = createEventClient({ url: `${doors.url}/graphql`, retryAttempts: 0 });
      const streams = Array.from({ length: 9 }, (_, index) => (index % 3 === 0 ? events : client).iterate({ query: `subscription S${index % 2} { ticks(last: ${round}) }` }));
      streams.forEach((stream, index) => { if (index % 2 === 0) void stream.next().catch(() => undefined); });
      for (const stream of streams.slice(0, 4)) void stream.return!();
      client.terminate();
      events.dispose();
    }
    await eventually(() => expect([doors.openStreams(), doors.tickers.filter(({ isEnded }) => !isEnded)]).toEqual([0, []]));
  });

  it('are refused above the sockets that a gateway holds', async () => {
    const doors = await open({ settings: { streams: { perKey: 2, total: 2 } } });
    const held = [connect(doors.socketUrl), connect(doors.socketUrl)];
    for (const { client } of held) await client.iterate({ query: '{ hello }' }).next();
    const refused = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
    expect(await new Promise((resolve) => { refused.once('unexpected-response', (_request, response) => resolve(response.statusCode)); refused.once('open', () => resolve('open')); })).toBe(429);
    refused.on('error', () => undefined).terminate();
    for (const { client } of held) await client.dispose();
  });
});
