import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createGatewayApp } from '../../gateway/app';
import { composeSupergraph } from '../../gateway/federation/compose';
import { readEnvironment } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { IDENTITY_HEADER } from '../../platform/subgraph/identity-token';
import { connect, post } from '../support/door.gateway';
import { eventually } from '../support/eventually';
import { serveForeign, type ForeignSubgraph } from '../support/foreign-subgraph';
import { EventSource, makeSubgraph, type Resolver } from '../support/subgraphs';

let folder: string;
let stack: ShutdownStack;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-foreign-'));
  stack = new ShutdownStack(silentLog());
});
afterEach(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

interface Shop { changed: EventSource<{ itemChanged: { id: string } }>; shop: ForeignSubgraph; prices: ForeignSubgraph; supergraph: string }

async function serveShop(): Promise<Shop> {
  const changed: Shop['changed'] = new EventSource();
  let orders = 0;
  const shop = makeSubgraph({
    name: 'shop', sdl: `directive @tag(name: String!) repeatable on FIELD_DEFINITION
      type Query { items: [Item!]! item: Item } type Mutation { order: Int } type Item @key(fields: "id") { id: ID! name: String }
      type Subscription { itemChanged: Item! @tag(name: "stream/state") }`,
    resolvers: {
      Query: { items: () => [{ id: '1', name: 'Ink' }, { id: '2', name: 'Pen' }] }, Mutation: { order: () => ++orders },
      Subscription: { itemChanged: { subscribe: () => changed.open() } },
    },
  });
  const shopSdl = shop.sdl.replace('"@key",', '"@key", "@tag",').replace(/directive @tag.*/, '');
  const prices = makeSubgraph({
    name: 'prices', sdl: 'type Query { _prices: Boolean } type Item @key(fields: "id") { id: ID! price: Int }',
    resolvers: { Item: { price: (({ id }: { id: string }) => Number(id) * 100) as unknown as Resolver } }, references: { Item: ({ id }) => ({ id }) },
  });
  const [shopServer, priceServer] = [await serveForeign({ ...shop, sdl: shopSdl }), await serveForeign(prices)];
  stack.push('servers', () => Promise.all([shopServer.close(), priceServer.close()]));
  const { sdl } = composeSupergraph([{ name: 'shop', sdl: shopSdl, url: shopServer.url }, { name: 'prices', sdl: prices.sdl, url: priceServer.url }]);
  const supergraph = path.join(folder, 'supergraph.graphql');
  await writeFile(supergraph, sdl);
  return { changed, shop: shopServer, prices: priceServer, supergraph };
}

async function start({ supergraph, settings = [], variables = {} }: { supergraph: string; settings?: object[]; variables?: Record<string, string> }) {
  const file = path.join(folder, 'subgraphs.json');
  await writeFile(file, JSON.stringify({ subgraphs: settings }));
  const environment = readEnvironment({ DATA_DIR: folder, PORT: '0', SUPERGRAPH_FILE: supergraph, SUBGRAPHS_FILE: file, ...variables });
  return createGatewayApp({ environment, subgraphs: [], identity: null, log: silentLog(), stack });
}

const QUERY = '{ items { name price } }';
const ITEMS = { items: [{ name: 'Ink', price: 100 }, { name: 'Pen', price: 200 }] };

/** Without what it cost. */
function told({ data, errors }: { data?: unknown; errors?: unknown }): object {
  return { data, errors };
}

describe('a supergraph of other people', () => {
  it('is served from its file alone, over kept-alive connections', async () => {
    const { supergraph, shop } = await serveShop();
    const { url } = await start({ supergraph });
    for (let turn = 0; turn < 5; turn++) expect(told((await post(url, QUERY)).body)).toEqual({ data: ITEMS });
    expect(await shop.connections()).toBe(1);
  });

  it('sees of the client what its settings name, and nothing of us', async () => {
    const { supergraph, shop, prices } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'shop', forwardHeaders: ['Authorization', 'accept-language'], headers: { 'x-api-key': 'gold', 'accept-language': 'de' } }] });
    await post(url, QUERY, { headers: { authorization: 'Bearer theirs', 'accept-language': 'fr', cookie: 'secret=1', [IDENTITY_HEADER]: 'forged' } });
    expect(shop.seen[0]).toMatchObject({ authorization: 'Bearer theirs', 'accept-language': 'de', 'x-api-key': 'gold' });
    expect(prices.seen[0]).not.toHaveProperty('authorization');
    for (const headers of [...shop.seen, ...prices.seen]) {
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty(IDENTITY_HEADER);
    }
  });

  it('gets our identity of the caller where that is configured', async () => {
    const { supergraph, shop, prices } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'shop', sendsIdentity: true }] });
    await post(url, QUERY);
    expect(shop.seen[0]![IDENTITY_HEADER]).toMatch(/^ey/);
    expect(prices.seen[0]).not.toHaveProperty(IDENTITY_HEADER);
  });

  it.each(['graphql-ws', 'sse'])('tells its events over %s, enriched by the others', async (protocol) => {
    const { supergraph, changed, shop } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'shop', subscriptions: { protocol }, forwardHeaders: ['x-tenant'] }] });
    const { client } = connect(`${url.replace('http', 'ws')}/graphql`, { connectionParams: { 'x-tenant': 'a' } });
    const stream = client.iterate({ query: 'subscription { itemChanged { id price } }' });
    const first = stream.next();
    await eventually(() => expect(changed.listenerCount).toBe(1));
    changed.emit({ itemChanged: { id: '2' } });
    expect((await first).value).toEqual({ data: { itemChanged: { id: '2', price: 200 } } });
    expect(shop.seen[0]).toMatchObject({ 'x-tenant': 'a' });
    expect(shop.payloads.filter((payload) => JSON.stringify(payload ?? {}).includes('identity'))).toEqual([]);
    await stream.return!();
    await eventually(() => expect(changed.listenerCount).toBe(0));
    await client.dispose();
  });

  it('shares streams among clients whose forwarded headers are equal, and among no others', async () => {
    const { supergraph, changed } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'shop', forwardHeaders: ['x-tenant'] }] });
    const follow = (tenant: string) => {
      const { client } = connect(`${url.replace('http', 'ws')}/graphql`, { connectionParams: { 'x-tenant': tenant } });
      const stream = client.iterate({ query: 'subscription { itemChanged { id } }' });
      return { first: stream.next(), close: () => client.dispose() };
    };
    const followers = [follow('a'), follow('a'), follow('b')];
    await eventually(() => expect(changed.listenerCount).toBe(2));
    changed.emit({ itemChanged: { id: '1' } });
    for (const { first } of followers) expect((await first).value).toEqual({ data: { itemChanged: { id: '1' } } });
    expect(changed.opened).toBe(2);
    for (const { close } of followers) await close();
    await eventually(() => expect(changed.listenerCount).toBe(0));
  });

  it('is asked for a query again when its proxy has no server, for a mutation never', async () => {
    const { supergraph, shop } = await serveShop();
    const { url } = await start({ supergraph });
    let refusals = 1;
    const serve = () => { shop.answer = (_request, response) => { if (--refusals === 0) shop.answer = null; response.writeHead(503).end('<html>'); }; };
    serve();
    expect(told((await post(url, QUERY)).body)).toEqual({ data: ITEMS });
    refusals = 1;
    serve();
    expect((await post(url, 'mutation { order }')).body).toMatchObject({ data: { order: null }, errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', subgraph: 'shop' } }] });
    expect(told((await post(url, 'mutation { order }')).body)).toEqual({ data: { order: 1 } });
  });

  it('is left in peace after failing again and again', async () => {
    const { supergraph, prices } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'prices', retries: 0, breaker: { failures: 2, restMs: 600_000 } }] });
    prices.answer = (_request, response) => response.writeHead(500).end('<html>');
    const nothing = { items: [{ name: 'Ink', price: null }, { name: 'Pen', price: null }] };
    for (let turn = 0; turn < 4; turn++) expect((await post(url, QUERY)).body).toMatchObject({ data: nothing, errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', subgraph: 'prices' } }] });
    expect(prices.seen).toHaveLength(2);
  });

  it('serves so many requests at a time, and the others in their turn', async () => {
    const { supergraph, shop } = await serveShop();
    const { url } = await start({ supergraph, settings: [{ name: 'shop', concurrency: 2 }] });
    const held: (() => void)[] = [];
    shop.answer = (_request, response) => { held.push(() => response.end('{"data":{"item":null}}')); };
    const asked = Promise.all(Array.from({ length: 5 }, () => post(url, '{ item { id } }')));
    for (let answered = 0; answered < 5; answered++) {
      await eventually(() => expect(held.length).toBe(Math.min(answered + 2, 5)));
      held[answered]!();
    }
    for (const { body } of await asked) expect(told(body)).toEqual({ data: { item: null } });
  });
});

describe('settings of foreign subgraphs', () => {
  it.each<[string, object[], RegExp]>([
    ['a URL that is none', [{ name: 'shop', url: 'shop' }], /subgraphs\.0\.url/],
    ['credentials in a URL', [{ name: 'shop', url: 'http://a:b@shop/' }], /headers/],
    ['a header of the connection', [{ name: 'shop', forwardHeaders: ['Host'] }], /forwardHeaders\.0/],
    ['our identity header', [{ name: 'shop', forwardHeaders: [IDENTITY_HEADER] }], /forwardHeaders\.0/],
    ['a header with a line break', [{ name: 'shop', headers: { a: 'b\r\nc: d' } }], /headers\.a/],
    ['a word that means nothing', [{ name: 'shop', timeout: 5 }], /timeout/],
    ['two of one name', [{ name: 'shop' }, { name: 'shop' }], /two are called shop/],
    ['a subgraph that the supergraph has not', [{ name: 'stock' }], /no subgraphs called stock/],
  ])('refuse %s', async (_title, settings, reason) => {
    const { supergraph } = await serveShop();
    await expect(start({ supergraph, settings })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringMatching(reason) });
  });

  it('refuse a file that is no supergraph, and an open door without keys', async () => {
    const { supergraph } = await serveShop();
    await writeFile(path.join(folder, 'no.graphql'), 'type Query { a: Int }');
    await expect(start({ supergraph: path.join(folder, 'no.graphql') })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringMatching(/join__Graph/) });
    await expect(start({ supergraph: path.join(folder, 'none.graphql') })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(start({ supergraph, variables: { HOST: '0.0.0.0' } })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringMatching(/SUBGRAPH_IDENTITY_URL/) });
  });
});
