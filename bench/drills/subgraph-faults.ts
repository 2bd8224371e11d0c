import { parse, type ExecutionResult } from 'graphql';
import { generateKeyPair } from 'jose';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { foreignClient } from '../../gateway/federation/foreign/foreign.client';
import { foreignDefaults } from '../../gateway/federation/foreign/foreign.settings';
import { signedClient } from '../../gateway/federation/signed-client';
import type { SubgraphClient } from '../../gateway/federation/subgraph-client';
import { SubgraphEndpoint } from '../../gateway/federation/subgraph-endpoint';
import type { Supergraph } from '../../gateway/federation/supergraph';
import { silentLog } from '../../platform/log';
import { IdentitySigner, IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph } from '../../platform/subgraph/server';
import { ShutdownStack } from '../../platform/process/shutdown';
import { serveForeign } from '../../test/support/foreign-subgraph';
import { EventSource, TEST_SCOPE } from '../../test/support/subgraphs';
import { FaultyLink } from '../support/faulty-link';
import { LINK_FAULTS } from '../support/link-faults';
import { MIDWAY_FAULTS } from '../support/midway-faults';
import { percentile, round } from '../support/report';
import { priceSubgraph, shopSubgraph } from '../support/shop';
import { DEADLINE_MS, newTally, note, within, type Tally } from './fault-tally';
import type { DrillResult } from './drill.result';
import { strikeStreams, type StreamLink } from './stream-faults';

const REQUESTS_PER_FAULT = 6;
const QUERY = parse('{ items { name price } }');
const SUBSCRIPTION = parse('subscription { itemChanged { id } }');

/** One way from the gateway to a subgraph, and what is asked over it. */
interface Link {
  name: string;
  graph: Supergraph;
  link: FaultyLink;
  /** What of an answer has nothing to do with the link, and must be right. */
  isRight(result: ExecutionResult): boolean;
  isSubscription: boolean;
}

/** Each link of a graph fails in each way, under requests: each ends in time with what is right and an error for what is not; then all is well again. */
export async function subgraphFaults(): Promise<DrillResult> {
  const stack = new ShutdownStack(silentLog());
  const tally = newTally();
  try {
    const { links, streams } = await openLinks(stack);
    for (const link of links) for (const kind of Object.keys(LINK_FAULTS)) await strike(link, kind, tally);
    for (const stream of streams) await strikeStreams(stream, tally);
    return judge(links, tally);
  } finally {
    await stack.close();
  }
}

function judge(links: readonly Link[], { asked, ended, late, wrong, tookMs, failures }: Tally): DrillResult {
  const met = links.reduce((sum, { link }) => sum + link.met, 0);
  return {
    drill: 'subgraph-faults', ok: ended === asked && late === 0 && wrong === 0 && met > 0,
    figures: {
      accepted: asked, finished: ended, lost: asked - ended, duplicated: 0, faults: met, late, wrong, failure: failures[0],
      kinds: Object.keys(LINK_FAULTS).length, midwayKinds: Object.keys(MIDWAY_FAULTS).length, links: links.map(({ name }) => name), deadlineMs: DEADLINE_MS,
      p50Ms: round(percentile(tookMs, 0.5), 0), slowestMs: round(Math.max(...tookMs), 0),
    },
  };
}

async function strike(link: Link, kind: string, tally: Tally): Promise<void> {
  link.link.set(LINK_FAULTS[kind]!);
  await Promise.all(Array.from({ length: REQUESTS_PER_FAULT }, () => within(tally, `${link.name} ${kind}`, async () => {
    const result = await (link.isSubscription ? firstEvent(link.graph) : link.graph.execute({ document: QUERY, scope: TEST_SCOPE }));
    return result.errors?.length && link.isRight(result) ? null : JSON.stringify(result);
  })));
  link.link.set(null);
  const healed = await link.graph.execute({ document: QUERY, scope: TEST_SCOPE });
  if (healed.errors) note(tally, `${link.name} after "${kind}": ${JSON.stringify(healed)}`);
}

/** Of a stream that ends without one: nothing, which is wrong. */
async function firstEvent(graph: Supergraph): Promise<ExecutionResult> {
  const stream = await graph.subscribe({ document: SUBSCRIPTION, scope: TEST_SCOPE });
  if (!(Symbol.asyncIterator in stream)) return stream;
  const first = await stream.next();
  await stream.return?.();
  return first.value as ExecutionResult ?? {};
}

async function openLinks(stack: ShutdownStack): Promise<{ links: Link[]; streams: StreamLink[] }> {
  const changed = new EventSource<object>();
  const shop = await serveForeign(shopSubgraph(changed));
  const prices = await serveForeign(priceSubgraph());
  stack.push('subgraphs', () => Promise.all([shop.close(), prices.close()]));
  const foreign = (name: string, url: string, protocol: 'graphql-ws' | 'sse') => {
    const settings = { ...foreignDefaults(name), timeoutMs: DEADLINE_MS, subscriptions: { protocol } };
    return foreignClient(new URL(url), settings, null);
  };
  const graphOf = (shopClient: SubgraphClient, priceClient: SubgraphClient): Supergraph => {
    stack.push('clients', () => Promise.all([shopClient.close(), priceClient.close()]));
    return buildSupergraph([{ client: shopClient, sdl: shopSubgraph().sdl }, { client: priceClient, sdl: priceSubgraph().sdl }]);
  };
  const before = async (url: string) => {
    const link = await FaultyLink.before(url);
    stack.push('link', () => link.close());
    return link;
  };
  const noItems = ({ data }: ExecutionResult) => data === null || data === undefined || data['items'] === null || Array.isArray(data['items']);
  const namesRight = ({ data }: ExecutionResult) => JSON.stringify(data) === '{"items":[{"name":"Ink","price":null},{"name":"Pen","price":null}]}';
  const opened: Link[] = [];
  const streams: StreamLink[] = [];
  for (const protocol of ['graphql-ws', 'sse'] as const) {
    const link = await before(shop.url);
    const graph = graphOf(foreign('shop', link.url, protocol), foreign('prices', prices.url, protocol));
    streams.push({ protocol, link, graph, changed });
    opened.push({ name: `subscription over ${protocol}`, link, graph, isRight: ({ data }) => data == null, isSubscription: true });
  }
  const root = await before(shop.url);
  opened.push({ name: 'root fields', link: root, graph: graphOf(foreign('shop', root.url, 'sse'), foreign('prices', prices.url, 'sse')), isRight: noItems, isSubscription: false });
  const entities = await before(prices.url);
  opened.push({ name: 'entities', link: entities, graph: graphOf(foreign('shop', shop.url, 'sse'), foreign('prices', entities.url, 'sse')), isRight: namesRight, isSubscription: false });
  const signed = await openSigned(stack, before);
  opened.push({ name: 'entities of ours', link: signed.link, graph: graphOf(foreign('shop', shop.url, 'sse'), signed.client), isRight: namesRight, isSubscription: false });
  return { links: opened, streams };
}

/** A subgraph as our own run in processes of their own, behind the gateway's signature. */
async function openSigned(stack: ShutdownStack, before: (url: string) => Promise<FaultyLink>): Promise<{ link: FaultyLink; client: SubgraphClient }> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const { schema, context, name } = priceSubgraph();
  const server = await serveSubgraph({
    subgraph: { schema, context, bytes: null, bytePrefixes: [] }, host: '127.0.0.1', port: 0,
    verifier: new IdentityVerifier(name, () => Promise.resolve(publicKey)), log: silentLog(),
  });
  stack.push('subgraph of ours', () => server.close());
  const link = await before(server.url);
  const endpoint = new SubgraphEndpoint({ name, url: link.url, signer: new IdentitySigner(privateKey), timeoutMs: DEADLINE_MS, answerMaxBytes: 8 * 1024 * 1024 });
  return { link, client: signedClient(endpoint, { limits: { timeoutMs: DEADLINE_MS } }) };
}
