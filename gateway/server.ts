import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { GIT_PREFIX, HUB_PREFIX, MLFLOW_PREFIX, OIP_PREFIX } from '../platform/bytes/byte-prefixes';
import { PlatformError } from '../platform/errors';
import type { Log } from '../platform/log';
import type { Tracing } from '../platform/trace/tracing';
import { newId } from '../platform/uuid';
import type { Supergraph } from './federation/supergraph';
import { startApollo } from './graphql/apollo.server';
import type { CostBudget } from './cost/cost.budget';
import { Documents } from './graphql/documents';
import { eventDoor } from './graphql/event.door';
import { EventConnections } from './graphql/event.connections';
import { httpDoor } from './graphql/http.door';
import { Admission } from './graphql/admission';
import { OperationRunner } from './graphql/operation.runner';
import { SocketDoor } from './graphql/socket.door';
import type { Authenticator } from './identity/authenticator';
import { CachedAuthenticator } from './identity/cached.authenticator';
import { guardDoors } from './identity/door.hooks';
import type { ForwardedHeaders } from './identity/forwarded.headers';
import { demandsKeys, HostGuard } from './identity/host-guard';
import { Identification } from './identity/identification';
import { urlHost } from './identity/loopback';
import type { GatewayMetrics } from './metrics/gateway.metrics';
import { metricsRoutes } from './metrics/metrics.routes';
import { DocumentSource } from './persisted/document.source';
import type { TrustedDocuments } from './persisted/trusted.documents';
import { RequestLog } from './request.log';
import { newRecord, type RequestRecord } from './request.record';
import { byteRoutes, type MountedByteRoute } from './rest/byte.routes';
import { dialectRoutes } from './rest/dialects/dialect.routes';
import { HUB } from './rest/dialects/hub.dialect';
import { MLFLOW } from './rest/dialects/mlflow.dialect';
import { replyError, replyUnroutable } from './rest/error.reply';
import { gitRoutes } from './rest/git.routes';
import { refuseGibberish } from './rest/refused.connection';
import { endUnusedConnections } from './rest/unused.connections';
import { healthRoutes, type ReadinessCheck } from './rest/health.routes';
import { GraphClient } from './rest/graph.client';
import { jobRoutes, type JobRoutesOptions } from './rest/jobs/job.routes';
import { oipRoutes } from './rest/oip.routes';
import { collectRoutes, openApiRoutes } from './rest/openapi/openapi.routes';
import type { GatewaySettings } from './settings';
import { SharedStreams } from './streams/shared.streams';
import { StreamQuota } from './streams/stream.quota';
import { Subscriptions } from './streams/subscriptions';
import { builtWebDir, graphiqlRoutes } from './web/graphiql.routes';

export interface GatewayServerOptions {
  supergraph: Supergraph;
  authenticator: Authenticator;
  byteRoutes: readonly MountedByteRoute[];
  settings: GatewaySettings;
  /** Headers of clients that subgraphs of other people get. */
  forwarding: ForwardedHeaders;
  log: Log;
  /** Asked anew each time: with the graph its parts change. */
  readiness(): readonly ReadinessCheck[];
  metrics: GatewayMetrics;
  /** Null: nothing is traced. */
  tracing: Tracing | null;
  /** What keys may spend; null: without end. */
  budget: CostBudget | null;
  /** Of the manifest, where one is configured. */
  trusted: TrustedDocuments | null;
  /** Where the built web pages are; by default dist/web. */
  webDir?: string;
}

export interface GatewayServer {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Subscriptions that clients have open at this moment. */
  openStreams(): number;
  /** Stops accepting, ends sockets so that their clients reconnect, lets requests finish. */
  close(): Promise<void>;
}

/** Silence on a connection after which it is closed; a stalled upload ends with it. */
const IDLE_TIMEOUT_MS = 120_000;
/** What requests in hand get at shutdown before their connections are cut. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Opens every door on one port: GraphQL over HTTP, WebSocket and Server-Sent Events, bytes, health, GraphiQL.
 * @throws PORT_IN_USE
 */
export async function createGatewayServer(options: GatewayServerOptions): Promise<GatewayServer> {
  const { settings, log, metrics, forwarding } = options;
  const identification = new Identification(new CachedAuthenticator(options.authenticator), { demandsKeys: demandsKeys(settings) });
  const requests = new RequestLog(log, metrics, options.tracing);
  const runner = new OperationRunner(options.supergraph, log);
  const { documents, admission } = admissionOf(options);
  const apollo = await startApollo({ runner, documents, admission, settings, log });
  const quota = new StreamQuota(settings.streams);
  const subscriptions = new Subscriptions(runner, new SharedStreams(options.supergraph), quota);
  const events = new EventConnections({ identification });
  const onFrameTooLarge = () => metrics.countRefusal('frame');
  const sockets = new SocketDoor({ runner, admission, subscriptions, identification, forwarding, settings, requests, log, onFrameTooLarge });
  metrics.watchLoad({ openStreams: () => quota.open, openSockets: () => sockets.openSockets });
  const state = { guard: new HostGuard(settings, settings.port), isClosing: false };

  const app = newApp(requests, log);
  const body = { maxBytes: settings.bodyMaxBytes, timeoutMs: settings.bodyTimeoutMs };
  guardDoors(app, () => state.guard, (path) => demandsKeys(settings) && isForOperators(path));
  await collectRoutes(app);
  await app.register(healthRoutes, { readiness: options.readiness, isClosing: () => state.isClosing });
  await app.register(eventDoor, {
    runner, admission, subscriptions, connections: events, identification, forwarding, body, requests, log,
  });
  await app.register(metricsRoutes, { metrics, identification });
  await app.register(httpDoor, { apollo, runner, admission, identification, forwarding, body, requests, log });
  const graph = new GraphClient({ documents, admission, runner, subscriptions });
  await restDoors(app, options.byteRoutes, { graph, connections: events, identification, body, requests, log });
  await app.register(graphiqlRoutes, { webDir: options.webDir ?? builtWebDir() });
  app.server.on('upgrade', (request, duplex, head) => sockets.upgrade(request, duplex, head, state.guard));
  const close = async () => {
    state.isClosing = true;
    events.close();
    await sockets.close();
    await closeGracefully(app);
    await apollo.stop();
  };
  const port = await listen(app, settings).catch((error: unknown) => close().then(() => { throw error; }));
  state.guard = new HostGuard(settings, port);
  return { url: urlOf(settings, port), openStreams: () => quota.open, close };
}

/** Prefixes with routes of their own, which know how their clients show keys and read refusals. */
const SPOKEN: ReadonlySet<string> = new Set([GIT_PREFIX, HUB_PREFIX, MLFLOW_PREFIX, OIP_PREFIX]);

/** Bytes, Git, the Hub, MLflow, the Open Inference Protocol, jobs, and what tells of them. A graph of other people alone has no jobs of ours. */
async function restDoors(app: FastifyInstance, routes: readonly MountedByteRoute[], options: JobRoutesOptions): Promise<void> {
  const { identification, log } = options;
  await app.register(byteRoutes, { routes: routes.filter(({ prefix }) => !SPOKEN.has(prefix)), identification, log });
  await app.register(gitRoutes, { routes, identification, log });
  for (const dialect of [HUB, MLFLOW]) await app.register(dialectRoutes, { dialect, routes, identification, log });
  await app.register(oipRoutes, { routes, identification, log });
  if (routes.some(({ prefix }) => prefix === OIP_PREFIX)) await app.register(jobRoutes, options);
  await app.register(openApiRoutes);
}

/** The limits that all doors share. */
function admissionOf({ supergraph, settings, trusted, budget, log }: GatewayServerOptions): { documents: Documents; admission: Admission } {
  const documents = new Documents(supergraph, settings);
  const source = new DocumentSource({ mode: settings.trustMode, trusted }, log);
  return { documents, admission: new Admission({ documents, source, maxCost: settings.maxCost, budget }) };
}

async function closeGracefully(app: FastifyInstance): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
  await app.close().finally(() => clearTimeout(late));
}

function newApp(requests: RequestLog, log: Log): FastifyInstance {
  const app = Fastify({
    logger: false, trustProxy: false, genReqId: requestIdOf,
    connectionTimeout: IDLE_TIMEOUT_MS, forceCloseConnections: 'idle', exposeHeadRoutes: false,
    // A longer one would be answered as no route at all; the headers as a whole are limited to 16 KiB.
    routerOptions: { maxParamLength: 16_384 },
    // Of what comes before any hook: a path that is no URL, and bytes that are no HTTP.
    frameworkErrors: (error, request, reply) => replyUnroutable(error, request.id, { reply, log }),
    clientErrorHandler: (error, socket) => refuseGibberish(socket, error, log),
  });
  endUnusedConnections(app);
  app.decorateRequest('record', null as unknown as RequestRecord);
  app.addHook('onRequest', async (request) => { request.record = newRecord(request, 'web'); });
  app.addHook('onResponse', async (request, reply) => requests.add({ ...request.record, status: reply.statusCode }));
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log }));
  app.setNotFoundHandler((request, reply) => replyError(new NotFound(request.method), request, reply, { log }));
  return app;
}

class NotFound extends PlatformError {
  readonly statusCode = 404;

  constructor(method: string) {
    super('BAD_USER_INPUT', `Nothing answers ${method} at this path; the API is POST /graphql.`);
  }
}

/** A client's own id is taken when it looks like one, so that its logs and ours can be joined. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : newId();
}

/** Asked by machines that call us by an address of their own. */
function isForOperators(path: string): boolean {
  return path === '/livez' || path === '/readyz' || path === '/metrics';
}

async function listen(app: FastifyInstance, { host, port }: GatewaySettings): Promise<number> {
  try {
    await app.listen({ host, port });
    return (app.server.address() as AddressInfo).port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new PlatformError(
      'PORT_IN_USE',
      `Something else listens on ${urlHost(host)}:${port} already; set PORT to another, or to 0 for a free one.`,
      {},
      { cause: error },
    );
  }
}

/** An address that answers on this machine: the wildcard itself is none. */
function urlOf({ host }: GatewaySettings, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${urlHost(name)}:${port}`;
}
