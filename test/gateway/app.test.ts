import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createGatewayApp, type GatewayAppOptions } from '../../gateway/app';
import { BYTE_PREFIXES } from '../../platform/bytes/byte-prefixes';
import { readEnvironment, SUBGRAPH_NAMES, type SubgraphName } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { readGatewayPublicKey } from '../../platform/subgraph/gateway-key';
import { IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph, type SubgraphServer } from '../../platform/subgraph/server';
import type { Subgraph, SubgraphContext } from '../../platform/subgraph/subgraph';
import { ada, connect, exchange, post } from '../support/door.gateway';
import { eventually } from '../support/eventually';
import { serveForeign } from '../support/foreign-subgraph';
import { EventSource, LINK, makeSubgraph, type Resolver, type Resolvers } from '../support/subgraphs';

const sources: EventSource<object>[] = [];

/** A small subgraph of one of the four names; each tells who calls it. */
function small(name: SubgraphName, sdl: string, resolvers: Resolvers = {}): Subgraph {
  const { schema, context } = makeSubgraph({
    name, sdl: sdl.replace('type Query {', 'type _Service { sdl: String! } type Query { _service: _Service!'),
    resolvers: { ...resolvers, Query: { ...resolvers['Query'], _service: () => ({ sdl: LINK + sdl }) } },
  });
  return {
    name, sdl: LINK + sdl, schema, context: (scope) => context(scope) as SubgraphContext, bytePrefixes: BYTE_PREFIXES[name],
    bytes: async ({ body, scope }) => {
      let sizeBytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) sizeBytes += chunk.length;
      return { status: 200, body: `${name} got ${sizeBytes} from ${scope.caller.name}` };
    },
  };
}

function four(): Subgraph[] {
  const events = new EventSource<object>();
  sources.push(events);
  const who = ((_: never, __: never, { caller }: { caller: { name: string } }) => caller.name) as Resolver;
  return [
    small('identity', 'type Query { viewer: String }', { Query: { viewer: who } }),
    small('model-registry', 'type Query { models: String }', { Query: { models: who } }),
    small('deployment', 'type Query { deployments: String }', { Query: { deployments: who } }),
    small('inference', 'type Query { jobs: String } type Subscription { ticks: Int }', { Query: { jobs: who }, Subscription: { ticks: { subscribe: () => events.open() } } }),
  ];
}

const queries = '{ viewer models deployments jobs }';
const everyone = (name: string) => ({ viewer: name, models: name, deployments: name, jobs: name });
const identity = { authenticate: async (secret: string) => (secret === 'ada-key' ? ada : null), keep: async () => undefined };
const whose = (body: unknown) => Promise.all((body as { secrets: string[] }).secrets.map(identity.authenticate));

describe('the gateway app', () => {
  let dataDir: string;
  let stack: ShutdownStack;
  let served: Map<string, SubgraphServer>;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-gateway-'));
    stack = new ShutdownStack(silentLog());
    served = new Map();
  });
  afterEach(async () => {
    await stack.close();
    for (const name of served.keys()) await end(name);
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (options: Partial<GatewayAppOptions> & { variables?: Record<string, string> }) => createGatewayApp({
    environment: readEnvironment({ DATA_DIR: dataDir, PORT: '0', ...options.variables }), subgraphs: [], identity: null, log: silentLog(), stack, ...options,
  });

  async function end(name: string): Promise<void> {
    const server = served.get(name);
    served.delete(name);
    await server?.close();
  }

  /** Every subgraph behind a server of its own; answers the variables that tell the gateway where. */
  async function serveAll(): Promise<Record<string, string>> {
    const variables: Record<string, string> = {};
    for (const subgraph of four()) {
      const { name } = subgraph;
      const extraRoutes = name === 'identity' ? [{ path: '/internal/authenticate', answer: whose }] : [];
      const server = await serveSubgraph({ subgraph, host: '127.0.0.1', port: 0, verifier: new IdentityVerifier(name, () => readGatewayPublicKey(dataDir)), log: silentLog(), extraRoutes });
      served.set(name, server);
      variables[`SUBGRAPH_${name.toUpperCase().replace('-', '_')}_URL`] = server.url;
    }
    return variables;
  }

  it('serves subgraphs of its own process', async () => {
    const { url } = await start({ subgraphs: four(), identity });
    expect((await post(url, queries)).body.data).toEqual(everyone('bootstrap-admin'));
    expect((await post(url, queries, { headers: { authorization: 'Bearer ada-key' } })).body.data).toEqual(everyone('Ada'));
    expect(JSON.parse((await exchange(`${url}/readyz`)).text)).toMatchObject({ status: 'ready', parts: [...SUBGRAPH_NAMES] });
  });

  it('serves a subgraph of other people beside its own, by what it tells of itself or by a file', async () => {
    const sdl = 'type Query { weather: String }';
    const foreign = await serveForeign(makeSubgraph({ name: 'weather', sdl, resolvers: { Query: { weather: () => 'rain' } } }));
    stack.push('foreign', () => foreign.close());
    const file = path.join(dataDir, 'subgraphs.json');
    await writeFile(path.join(dataDir, 'weather.graphql'), LINK + sdl);
    for (const source of [{}, { sdlFile: 'weather.graphql' }]) {
      await writeFile(file, JSON.stringify({ subgraphs: [{ name: 'weather', url: foreign.url, ...source }] }));
      const { url } = await start({ subgraphs: four(), identity, variables: { SUBGRAPHS_FILE: file } });
      expect((await post(url, '{ viewer weather }', { headers: { authorization: 'Bearer ada-key' } })).body.data).toEqual({ viewer: 'Ada', weather: 'rain' });
    }
    for (const headers of foreign.seen) expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(foreign.seen).toHaveLength(3);
  });

  it('serves subgraphs that run elsewhere: keys, queries, subscriptions and bytes', async () => {
    const { url } = await start({ variables: await serveAll() });
    const headers = { authorization: 'Bearer ada-key' };
    expect((await post(url, queries, { headers })).body.data).toEqual(everyone('Ada'));
    expect((await post(url, queries, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await exchange(`${url}/uploads/x`, { method: 'PUT', headers, body: 'x'.repeat(100_000) })).text).toBe('model-registry got 100000 from Ada');
    const { client } = connect(`${url.replace('http', 'ws')}/graphql`, { connectionParams: headers });
    const ticks = client.iterate({ query: 'subscription { ticks }' });
    const first = ticks.next();
    await eventually(() => expect(sources.at(-1)!.listenerCount).toBe(1));
    sources.at(-1)!.emit({ ticks: 7 });
    expect((await first).value).toEqual({ data: { ticks: 7 } });
    await ticks.return!();
    await eventually(() => expect(sources.at(-1)!.listenerCount).toBe(0));
    await client.dispose();
  });

  it('says which subgraph is away: at /readyz, in the answer, and without taking a valid key for a wrong one', async () => {
    const { url } = await start({ variables: await serveAll() });
    await end('deployment');
    const ready = await exchange(`${url}/readyz`);
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([503, { missing: [{ part: 'deployment' }] }]);
    const { data, errors } = (await post(url, queries)).body;
    expect([data, errors!.map(({ path: at, extensions }) => [at, extensions.code])]).toEqual([{ ...everyone('bootstrap-admin'), deployments: null }, [[['deployments'], 'SUBGRAPH_UNAVAILABLE']]]);
    await end('identity');
    const refused = await post(url, '{ jobs }', { headers: { authorization: 'Bearer ada-key' } });
    expect([refused.status, refused.body.errors![0]!.extensions.code]).toEqual([503, 'SUBGRAPH_UNAVAILABLE']);
  });

  it('refuses to start on a busy port, or without knowing where a subgraph is', async () => {
    const first = await start({ subgraphs: four(), identity });
    await expect(start({ subgraphs: four(), identity, variables: { PORT: new URL(first.url).port } })).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining('PORT') });
    await expect(start({ subgraphs: four().slice(0, 1), identity })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID', message: expect.stringContaining('SUBGRAPH_MODEL_REGISTRY_URL, SUBGRAPH_DEPLOYMENT_URL, SUBGRAPH_INFERENCE_URL'),
    });
  });
});
