import 'reflect-metadata';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { InProcessClient } from '../../gateway/federation/in-process-client';
import { ForwardedHeaders } from '../../gateway/identity/forwarded.headers';
import { OpenAuthenticator } from '../../gateway/identity/open.authenticator';
import { GatewayMetrics } from '../../gateway/metrics/gateway.metrics';
import { createGatewayServer } from '../../gateway/server';
import { settingsOf } from '../../gateway/settings';
import { runProcess } from '../../platform/process/run-process';
import { shopSubgraphs } from './shop-subgraphs';

/** Our gateway with the shop in its own process, as `npm start` has its subgraphs; else as a product, with its limits and its log. */
void runProcess('gateway', async ({ environment, log, stack }) => {
  const server = await createGatewayServer({
    supergraph: buildSupergraph(shopSubgraphs().map((subgraph) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl }))),
    settings: settingsOf(environment), authenticator: new OpenAuthenticator(), forwarding: new ForwardedHeaders(), metrics: new GatewayMetrics(),
    byteRoutes: [], readiness: () => [], tracing: null, budget: null, trusted: null, log,
  });
  stack.push('gateway', () => server.close());
  return server;
});
