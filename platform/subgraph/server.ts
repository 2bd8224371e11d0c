import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import type { Tracing } from '../trace/tracing';
import { byteEndpoint } from './byte-endpoint';
import { graphqlEndpoint, type ServedSubgraph } from './graphql-endpoint';
import type { IdentityVerifier } from './identity-token';
import { internalEndpoint, type InternalRoute } from './internal-endpoint';
import { SubscriptionEndpoint } from './subscription-endpoint';

export interface SubgraphServerOptions {
  subgraph: ServedSubgraph;
  host: string;
  /** 0 takes a free one. */
  port: number;
  verifier: IdentityVerifier;
  log: Log;
  /** Null or none: nothing is traced. */
  tracing?: Tracing | null;
  /** Questions of the gateway that are no part of the graph, such as whose API key this is. */
  extraRoutes?: readonly InternalRoute[];
  /** For /readyz: null, or why the subgraph cannot answer. */
  readiness?: () => Promise<string | null>;
}

export interface SubgraphServer {
  /** Such as `http://127.0.0.1:4001`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 72_000;

/**
 * Serves one subgraph alone: POST /graphql, graphql-ws on the same path, its byte prefixes, /livez and /readyz. Everything but the
 * last two needs an identity token that the gateway signed.
 * @throws PORT_IN_USE
 */
export async function serveSubgraph(options: SubgraphServerOptions): Promise<SubgraphServer> {
  const { subgraph, verifier, log } = options;
  const app = Fastify({ logger: false, keepAliveTimeout: KEEP_ALIVE_MS, forceCloseConnections: true, exposeHeadRoutes: false });
  const subscriptions = new SubscriptionEndpoint({ subgraph, verifier, log });
  healthRoutes(app, options);
  await app.register(graphqlEndpoint, { subgraph, verifier, log, tracing: options.tracing });
  await app.register(internalEndpoint, { routes: options.extraRoutes ?? [], verifier, log });
  await app.register(byteEndpoint, { subgraph, verifier, log });
  app.server.on('upgrade', (request, socket, head) => subscriptions.upgrade(request, socket, head));
  const port = await listen(app, options);
  const close = async () => {
    await subscriptions.close();
    await app.close();
  };
  return { url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`, close };
}

function healthRoutes(app: FastifyInstance, { readiness, verifier }: SubgraphServerOptions): void {
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await reasonNotReady(verifier, readiness);
    return reply.code(reason === null ? 200 : 503).send(reason === null ? { status: 'ok' } : { status: 'unavailable', reason });
  });
}

async function reasonNotReady(verifier: IdentityVerifier, readiness: SubgraphServerOptions['readiness']): Promise<string | null> {
  try {
    await verifier.ready();
    return await readiness?.() ?? null;
  } catch (error) {
    if (error instanceof PlatformError) return error.message;
    throw error;
  }
}

async function listen(app: FastifyInstance, { host, port }: SubgraphServerOptions): Promise<number> {
  try {
    await app.listen({ host, port });
    return (app.server.address() as AddressInfo).port;
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const message = `Something else listens on ${host}:${port} already; set PORT to another, or to 0 for a free one.`;
    throw new PlatformError('PORT_IN_USE', message, {}, { cause: error });
  }
}
