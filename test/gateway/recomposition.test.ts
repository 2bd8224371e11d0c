import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { composeSupergraph } from '../../gateway/federation/compose';
import { createGatewayApp } from '../../gateway/app';
import { ForwardedHeaders } from '../../gateway/identity/forwarded.headers';
import { GatewayMetrics } from '../../gateway/metrics/gateway.metrics';
import { ComposedSource } from '../../gateway/recomposition/composed.source';
import { ForeignLinks } from '../../gateway/recomposition/foreign.links';
import { Recomposition } from '../../gateway/recomposition/recomposition';
import { ToldSdl } from '../../gateway/recomposition/told.sdl';
import { readEnvironment } from '../../platform/env';
import { silentLog, type Log } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { connect, exchange, openDoors, post } from '../support/door.gateway';
import { eventually } from '../support/eventually';
import { serveForeign, type ForeignSubgraph } from '../support/foreign-subgraph';
import { EventSource, makeSubgraph, type Resolver, type TestSubgraph } from '../support/subgraphs';

let folder: string;
let stack: ShutdownStack;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-recomposition-'));
  stack = new ShutdownStack(silentLog());
});
afterEach(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

const ticked = new EventSource<{ ticked: { id: string } }>();
const ticks = makeSubgraph({
  name: 'ticks', sdl: 'type Query { tick: Tick! } type Tick @key(fields: "id") { id: ID! } type Subscription { ticked: Tick! }',
  resolvers: { Query: { tick: () => ({ id: '1' }) }, Subscription: { ticked: { subscribe: () => ticked.open() } } },
});
/** Names a tick by one field, whose name changes from one graph to the next. */
const naming = (field: string) => makeSubgraph({
  name: 'names', sdl: `type Query { _names: Boolean } type Tick @key(fields: "id") { id: ID! ${field}: String! }`,
  resolvers: { Tick: { [field]: (({ id }: { id: string }) => `${field} ${id}`) as unknown as Resolver } }, references: { Tick: ({ id }) => ({ id }) },
});

async function serve(subgraph: TestSubgraph): Promise<ForeignSubgraph> {
  const server = await serveForeign(subgraph);
  stack.push(subgraph.name, () => server.close());
  return server;
}

const file = (name: string) => path.join(folder, name);

/** As deployments do it: whole, and under the old name at once. */
async function put(name: string, text: string): Promise<void> {
  await writeFile(file(`${name}.new`), text);
  await rename(file(`${name}.new`), file(name));
}

const composed = (parts: { of: TestSubgraph; at: ForeignSubgraph }[]) =>
  composeSupergraph(parts.map(({ of: { name, sdl }, at: { url } }) => ({ name, sdl, url }))).sdl;

async function serveAlone(log: Log = silentLog()) {
  const environment = readEnvironment({ DATA_DIR: folder, PORT: '0', SUPERGRAPH_FILE: file('supergraph.graphql') });
  return createGatewayApp({ environment, subgraphs: [], identity: null, log, stack });
}

/** Ours, as far as this is concerned, over subgraphs that are named by SUBGRAPHS_FILE. */
async function serveBeside({ pollMs = 100 } = {}) {
  const links = new ForeignLinks(() => Promise.reject(new Error('nothing is signed')));
  stack.push('links', () => links.close());
  const source = new ComposedSource({
    ours: [], subgraphsFile: file('subgraphs.json'), links, told: new ToldSdl(silentLog()), build: (members) => buildSupergraph(members),
  });
  const metrics = new GatewayMetrics();
  const forwarding = new ForwardedHeaders();
  const graph = await Recomposition.open({ source, forwarding, metrics, log: silentLog(), pollMs });
  stack.push('graph', () => graph.close());
  const doors = await openDoors({ supergraph: graph.supergraph, metrics, forwarding, readiness: () => graph.readiness });
  stack.push('doors', () => doors.close());
  return doors;
}

async function readiness(url: string): Promise<{ status: string; missing: { part: string; reason: string }[] }> {
  const { status, text } = await exchange(`${url}/readyz`);
  expect(status).toBe(200);
  return JSON.parse(text) as Awaited<ReturnType<typeof readiness>>;
}

const asked = (url: string, field: string) => post(url, `{ tick { ${field} } }`).then(({ body }) => body.data);
const becomes = (url: string, field: string) => eventually(async () => expect(await asked(url, field)).toEqual({ tick: { [field]: `${field} 1` } }));

describe('a supergraph file that changes', () => {
  it('is taken while a stream and a request under way end on the graph they began with, and their socket stays', async () => {
    const [first, before, after] = [await serve(ticks), await serve(naming('label')), await serve(naming('title'))];
    await put('supergraph.graphql', composed([{ of: ticks, at: first }, { of: naming('label'), at: before }]));
    const { url } = await serveAlone();
    const { client } = connect(`${url.replace('http', 'ws')}/graphql`);
    const stream = client.iterate({ query: 'subscription { ticked { label } }' });
    const event = stream.next();
    await eventually(() => expect(ticked.listenerCount).toBe(1));
    const held: (() => void)[] = [];
    first.answer = (_request, response) => { held.push(() => response.end('{"data":{"tick":{"__typename":"Tick","id":"1"}}}')); };
    const underway = asked(url, 'label');
    await eventually(() => expect(held).toHaveLength(1));
    first.answer = null;

    await put('supergraph.graphql', composed([{ of: ticks, at: first }, { of: naming('title'), at: after }]));
    await becomes(url, 'title');
    expect((await post(url, '{ tick { label } }')).status).toBe(400);
    ticked.emit({ ticked: { id: '7' } });
    expect((await event).value).toEqual({ data: { ticked: { label: 'label 7' } } });
    held[0]!();
    expect(await underway).toEqual({ tick: { label: 'label 1' } });

    const next = client.iterate({ query: 'subscription { ticked { title } }' });
    const newEvent = next.next();
    await eventually(() => expect(ticked.listenerCount).toBe(2));
    ticked.emit({ ticked: { id: '8' } });
    expect((await newEvent).value).toEqual({ data: { ticked: { title: 'title 8' } } });
    expect((await stream.next()).value).toEqual({ data: { ticked: { label: 'label 8' } } });
    expect(await before.connections()).toBeGreaterThan(0);
    await stream.return!();
    await eventually(async () => expect(await before.connections()).toBe(0));
    await client.dispose();
    await eventually(() => expect(ticked.listenerCount).toBe(0));
  });

  it('is refused with its reason in the log, in /metrics and at /readyz when it is none, and the last good graph stays', async () => {
    const [first, second] = [await serve(ticks), await serve(naming('label'))];
    const good = composed([{ of: ticks, at: first }, { of: naming('label'), at: second }]);
    await put('supergraph.graphql', good);
    const refusals: unknown[] = [];
    const log = Object.assign(silentLog(), { error: (fields: unknown, message: unknown) => refusals.push([fields, message]) }) as Log;
    const { url } = await serveAlone(log);
    await put('supergraph.graphql', 'type Query { a: Int }');
    const refused = await eventually(async () => {
      const answer = await readiness(url);
      expect(answer).toMatchObject({ status: 'degraded', missing: [{ part: 'graph' }] });
      return answer;
    });
    expect(refused.missing[0]!.reason).toMatch(/join__Graph/);
    expect(refusals).toEqual([[{ reason: refused.missing[0]!.reason }, 'recomposition refused']]);
    const { text } = await exchange(`${url}/metrics`);
    expect(text).toContain('modelgraph_gateway_recompositions_total{outcome="refused"} 1');
    expect(text).toContain('modelgraph_gateway_graph_refused 1');
    expect(await asked(url, 'label')).toEqual({ tick: { label: 'label 1' } });
    await put('supergraph.graphql', good);
    await eventually(async () => expect(await readiness(url)).toMatchObject({ status: 'ready', missing: [] }));
    expect((await exchange(`${url}/metrics`)).text).toContain('modelgraph_gateway_graph_refused 0');
  });
});

describe('subgraphs that change', () => {
  const list = (entries: object[]) => put('subgraphs.json', JSON.stringify({ subgraphs: entries }));

  it('are composed anew when their own SDL, an SDL file or the list of them does', async () => {
    let names = naming('label');
    const [first, second] = [await serve(ticks), await serve({ ...names, get sdl() { return names.sdl; }, get schema() { return names.schema; } })];
    await put('ticks.graphql', ticks.sdl);
    await list([{ name: 'ticks', url: first.url, sdlFile: 'ticks.graphql' }, { name: 'names', url: second.url }]);
    const { url } = await serveBeside();
    await becomes(url, 'label');
    names = naming('title');
    await becomes(url, 'title');
    await put('ticks.graphql', ticks.sdl.replace('tick: Tick!', 'tick: Tick! "New." tock: Tick'));
    await eventually(async () => expect((await post(url, '{ __type(name: "Query") { fields { name } } }')).text).toContain('tock'));
    await list([{ name: 'ticks', url: first.url, sdlFile: 'ticks.graphql' }]);
    await eventually(async () => expect((await post(url, '{ tick { title } }')).body.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED'));
    await eventually(async () => expect(await second.connections()).toBe(0));
  });

  it.each<[string, string, RegExp]>([
    ['that is no GraphQL', 'type {', /\[names\] Syntax Error/],
    ['that does not compose', naming('label').sdl.replace('String!', 'Missing'), /Missing/],
    ['that takes away what another requires', 'type Query { _names: Boolean } type Tick @key(fields: "no") { no: ID! }', /key|link/i],
  ])('keep the last good graph while one tells an SDL %s', async (_title, bad, reason) => {
    let { sdl } = naming('label');
    const names = naming('label');
    const [first, second] = [await serve(ticks), await serve({ ...names, get sdl() { return sdl; } })];
    await list([{ name: 'ticks', url: first.url }, { name: 'names', url: second.url }]);
    const { url } = await serveBeside();
    const good = sdl;
    sdl = bad;
    const refused = await eventually(async () => {
      const { missing } = await readiness(url);
      expect(missing).toHaveLength(1);
      return missing[0]!;
    });
    expect(refused).toMatchObject({ part: 'graph', reason: expect.stringMatching(reason) });
    expect(await asked(url, 'label')).toEqual({ tick: { label: 'label 1' } });
    sdl = good;
    await eventually(async () => expect((await readiness(url)).status).toBe('ready'));
  });

  it('change though another is away, which /readyz names and which keeps the SDL it told last', async () => {
    let names = naming('label');
    const [first, second] = [await serve(ticks), await serve({ ...names, get sdl() { return names.sdl; }, get schema() { return names.schema; } })];
    await list([{ name: 'ticks', url: first.url }, { name: 'names', url: second.url }]);
    const { url } = await serveBeside();
    await first.close();
    names = naming('title');
    await eventually(async () => expect((await post(url, '{ __type(name: "Tick") { fields { name } } }')).text).toContain('title'));
    expect(await readiness(url)).toMatchObject({ status: 'degraded', missing: [{ part: 'ticks', reason: expect.stringMatching(/ECONNREFUSED|closed/) }] });
  });

  it('pass on the headers of the list as it is now', async () => {
    const [first, second] = [await serve(ticks), await serve(naming('label'))];
    await list([{ name: 'ticks', url: first.url }, { name: 'names', url: second.url }]);
    const { url } = await serveBeside();
    await list([{ name: 'ticks', url: first.url, forwardHeaders: ['x-tenant'] }, { name: 'names', url: second.url }]);
    await eventually(async () => {
      await post(url, '{ tick { id } }', { headers: { 'x-tenant': 'a' } });
      expect(first.seen.at(-1)).toMatchObject({ 'x-tenant': 'a' });
    });
  });
});
