import type { Database } from '../platform/database/database';
import type { Environment } from '../platform/env';
import { PlatformError } from '../platform/errors';
import type { Log } from '../platform/log';
import type { ShutdownStack } from '../platform/process/shutdown';
import { openGatewayKey } from '../platform/subgraph/gateway-key';
import { IdentitySigner } from '../platform/subgraph/identity-token';
import type { Subgraph } from '../platform/subgraph/subgraph';
import { openTracing } from '../platform/trace/open-tracing';
import type { Tracing } from '../platform/trace/tracing';
import { postgresBudgetStore, redisBudgetStore } from './cost/budget.store';
import { CostBudget } from './cost/cost.budget';
import { rateLimitMember } from './cost/rate-limit.member';
import type { GraphObserver } from './federation/federated-graph';
import type { SubgraphClient } from './federation/subgraph-client';
import type { Authenticator, IdentityService } from './identity/authenticator';
import { BearerAuthenticator } from './identity/bearer.authenticator';
import { IssuerKeys } from './identity/issuer.keys';
import { KnownPrincipals } from './identity/known.principals';
import { TokenAuthenticator } from './identity/token.authenticator';
import { buildSupergraph, graphOf, type SupergraphMember } from './federation/build-supergraph';
import { SubgraphEndpoint } from './federation/subgraph-endpoint';
import { ForwardedHeaders } from './identity/forwarded.headers';
import { demandsKeys } from './identity/host-guard';
import { OpenAuthenticator } from './identity/open.authenticator';
import { RemoteIdentity } from './identity/remote.identity';
import { findMembers } from './members';
import { GatewayMetrics, type MetricSources } from './metrics/gateway.metrics';
import { TracedClient } from './trace/traced.client';
import { tracedPlan } from './trace/traced.plan';
import { MeasuredClient } from './metrics/measured.client';
import { readTrustedDocuments } from './persisted/trusted.documents';
import { ComposedSource } from './recomposition/composed.source';
import { ForeignLinks } from './recomposition/foreign.links';
import type { GraphSource } from './recomposition/graph.source';
import { Recomposition } from './recomposition/recomposition';
import { SupergraphSource } from './recomposition/supergraph.source';
import { ToldSdl } from './recomposition/told.sdl';
import type { ReadinessCheck } from './rest/health.routes';
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from './server';
import { settingsOf } from './settings';

export interface GatewayAppOptions {
  environment: Pick<Environment, 'data' | 'gatewayKey' | 'http' | 'graphql' | 'oidc' | 'redis' | 'subgraphs' | 'graphs' | 'tracing'>;
  /** The subgraphs of this process; the others are reached at their URLs. */
  subgraphs: readonly Subgraph[];
  /** Of the identity subgraph of this process; null: it runs in another and is asked there. */
  identity: IdentityService | null;
  log: Log;
  stack: ShutdownStack;
  /** Parts of this process that must answer before traffic comes, such as its database. */
  readiness?: readonly ReadinessCheck[];
  /** Of the platform that this process also runs; without it the budgets of keys need Redis. */
  database?: Database;
  /** What the other parts tell Prometheus, where one process runs them with the gateway. */
  metricSources?: MetricSources;
}

/**
 * The front door: composes the subgraphs, wherever they run, and listens.
 * @throws CONFIGURATION_INVALID, SUBGRAPH_UNAVAILABLE, PORT_IN_USE
 */
export async function createGatewayApp(options: GatewayAppOptions): Promise<GatewayServer> {
  const { environment, log, stack, readiness = [] } = options;
  const metrics = new GatewayMetrics(options.metricSources);
  const tracing = openTracing(environment.tracing, 'gateway', { log, stack });
  const parts = { ...options, metrics, tracing, forwarding: new ForwardedHeaders() };
  const { supergraphFile } = environment.graphs;
  const graph = await (supergraphFile ? openSupergraph(supergraphFile, parts) : compose(parts));
  const server = await createGatewayServer({
    ...graph, metrics, tracing, settings: settingsOf(environment), log, forwarding: parts.forwarding,
    readiness: () => [...readiness, ...graph.readiness()],
    budget: openBudget(options),
    trusted: environment.graphql.trusted.file === null ? null : await readTrustedDocuments(environment.graphql.trusted.file),
  });
  stack.push('gateway', () => server.close());
  log.info({ url: server.url }, 'gateway listens');
  return server;
}

function observedClient(client: SubgraphClient, metrics: GatewayMetrics, tracing: Tracing | null): SubgraphClient {
  const measured = new MeasuredClient(client, metrics);
  return tracing ? new TracedClient(measured, tracing) : measured;
}

function observerOf(metrics: GatewayMetrics, tracing: Tracing | null): GraphObserver {
  const onLookup = (isHit: boolean) => metrics.countPlan(isHit);
  return tracing ? { onLookup, aroundPlan: (scope, plan) => tracedPlan(tracing, scope, plan) } : { onLookup };
}

/** API keys, and beside them the tokens of the issuer that is configured, if one is. */
function authenticatorOf(identity: IdentityService, settings: Environment['oidc'], log: Log): Authenticator {
  if (settings === null) return identity;
  const keys = new IssuerKeys(settings).find;
  const tokens = new TokenAuthenticator({ settings, keys, principals: new KnownPrincipals(identity), log });
  return new BearerAuthenticator({ keys: identity, tokens });
}

/** @throws CONFIGURATION_INVALID where there is nowhere to keep what gateways share */
function openBudget({ environment, database, log, stack }: GatewayAppOptions): CostBudget | null {
  const settings = environment.graphql.budget;
  if (settings === null) return null;
  const { windowMs } = settings;
  if (!environment.redis && !database) throw new PlatformError(
    'CONFIGURATION_INVALID', 'RATE_LIMIT_COST needs REDIS_URL where the gateway runs alone: it opens no database.',
  );
  const store = environment.redis ? redisBudgetStore({ url: environment.redis.url, windowMs, log }) : postgresBudgetStore({ database: database!, windowMs });
  const budget = new CostBudget(store, settings, log);
  stack.push('cost budget', () => budget.close());
  return budget;
}

type OpenGraph = Pick<GatewayServerOptions, 'supergraph' | 'authenticator' | 'byteRoutes' | 'readiness'>;

interface GraphOptions extends GatewayAppOptions {
  metrics: GatewayMetrics;
  tracing: Tracing | null;
  forwarding: ForwardedHeaders;
}

/** Ours, with those of other people beside them. */
async function compose(options: GraphOptions): Promise<OpenGraph> {
  const { environment, subgraphs, metrics, tracing, log, stack } = options;
  const { subgraphsFile } = environment.graphs;
  const signer = signerOf(environment);
  const ours = await findMembers({ subgraphs, urls: environment.subgraphs, signer, log, stack });
  const identity = options.identity ?? ours.map((member) => member.identity).find((remote) => remote !== null);
  if (!identity) throw new PlatformError('CONFIGURATION_INVALID', 'An identity subgraph in process comes with its service.');
  const build = (members: readonly SupergraphMember[]) => buildSupergraph(
    [...members.map((member) => ({ ...member, client: observedClient(member.client, metrics, tracing) })), rateLimitMember()], observerOf(metrics, tracing),
  );
  const own = ours.map(({ client }) => ({ part: client.name, check: () => client.check() }));
  const doors = { authenticator: authenticatorOf(identity, environment.oidc, log), byteRoutes: ours.flatMap(({ byteRoutes }) => byteRoutes) };
  // Nothing in this process changes while it runs.
  if (!subgraphsFile && ours.every(({ url }) => url === undefined)) return { ...doors, supergraph: build(ours), readiness: () => own };
  const source = new ComposedSource({ ours, subgraphsFile, links: openLinks(signer, stack), told: new ToldSdl(log), build });
  const graph = await openRecomposition(source, options);
  return { ...doors, supergraph: graph.supergraph, readiness: () => [...own, ...graph.readiness] };
}

/** A graph of other people alone. Who may ask is told by our identity subgraph, where there is one. */
async function openSupergraph(supergraphFile: string, options: GraphOptions): Promise<OpenGraph> {
  const { environment, subgraphs, metrics, tracing, log, stack } = options;
  if (subgraphs.length > 0) throw new PlatformError('CONFIGURATION_INVALID', 'SUPERGRAPH_FILE is for a gateway that runs alone (gateway/main.js).');
  const { identity } = environment.subgraphs;
  if (identity === null && demandsKeys(environment.http)) throw new PlatformError(
    'CONFIGURATION_INVALID', 'A gateway that others can reach needs an identity subgraph; set SUBGRAPH_IDENTITY_URL, or HOST to 127.0.0.1.',
  );
  const signer = signerOf(environment);
  const source = new SupergraphSource({
    supergraphFile, subgraphsFile: environment.graphs.subgraphsFile, links: openLinks(signer, stack),
    build: (composed, clients) => graphOf(composed, clients.map((client) => observedClient(client, metrics, tracing)), observerOf(metrics, tracing)),
  });
  const graph = await openRecomposition(source, options);
  const authenticator = identity === null ? new OpenAuthenticator()
    : authenticatorOf(openIdentity(identity, await signer(), stack), environment.oidc, log);
  return { supergraph: graph.supergraph, authenticator, byteRoutes: [], readiness: () => graph.readiness };
}

function openLinks(signer: () => Promise<IdentitySigner>, stack: ShutdownStack): ForeignLinks {
  const links = new ForeignLinks(signer);
  stack.push('links of other subgraphs', () => links.close());
  return links;
}

async function openRecomposition(source: GraphSource, { environment, forwarding, metrics, log, stack }: GraphOptions): Promise<Recomposition> {
  const recomposition = await Recomposition.open({ source, forwarding, metrics, log, pollMs: environment.graphs.pollMs });
  stack.push('recomposition', () => recomposition.close());
  return recomposition;
}

function openIdentity(url: string, signer: IdentitySigner, stack: ShutdownStack): IdentityService {
  const endpoint = new SubgraphEndpoint({ name: 'identity', url, signer });
  stack.push('client of identity', () => endpoint.close());
  return new RemoteIdentity(endpoint);
}

function signerOf({ data, gatewayKey }: Pick<Environment, 'data' | 'gatewayKey'>): () => Promise<IdentitySigner> {
  return () => openGatewayKey(data.dir, gatewayKey.publicDir).then((key) => new IdentitySigner(key));
}
