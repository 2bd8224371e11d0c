import { collectDefaultMetrics, Registry } from 'prom-client';
import type { EntityClass } from '../database/database';
import type { MigrationClass } from '../database/migrate';
import type { SubgraphName } from '../env';
import { serveMetrics } from '../metrics/metrics-server';
import { openFoundation, type Foundation } from '../process/foundation';
import type { ProcessParts } from '../process/run-process';
import { openTracing } from '../trace/open-tracing';
import { readGatewayPublicKey } from './gateway-key';
import { IdentityVerifier } from './identity-token';
import type { InternalRoute } from './internal-endpoint';
import { serveSubgraph } from './server';
import type { Subgraph } from './subgraph';

/** What a subgraph's program is given, in whatever process it runs. */
export interface SubgraphParts extends ProcessParts, Foundation {
  /** How clients reach the gateway, without a slash at the end. */
  publicUrl: string;
  /** Of the process, for Prometheus. */
  registry: Registry;
}

/** A subgraph with all it keeps running (loops, sweepers), which it pushes onto the stack as it starts them. */
export interface SubgraphProgram {
  name: SubgraphName;
  /** The tables it reads, its neighbours' among them. */
  entities: readonly EntityClass[];
  start(parts: SubgraphParts): Promise<Subgraph> | Subgraph;
  /** Questions of a gateway in another process. */
  internalRoutes?(parts: SubgraphParts): readonly InternalRoute[];
}

/** The gateway's own default: a subgraph that runs alone must be told where clients reach the gateway when it is elsewhere. */
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:4000';

/** Runs one subgraph in a process of its own, for a gateway that reaches it at its `SUBGRAPH_<NAME>_URL`. */
export async function serveAlone(
  program: SubgraphProgram, migrations: readonly MigrationClass[], process: ProcessParts,
): Promise<{ url: string }> {
  const { environment, log, stack } = process;
  const { name, entities } = program;
  const { gatewayKey, http } = environment;
  const foundation = await openFoundation({ environment, entities, migrations, log, stack, processName: name });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const parts = { ...process, registry, ...foundation, publicUrl: http.publicUrl ?? DEFAULT_PUBLIC_URL };
  const subgraph = await program.start(parts);
  await serveMetrics(environment.metrics.listen, { registry, log, stack });
  const verifier = new IdentityVerifier(name, () => readGatewayPublicKey(gatewayKey.publicDir));
  const server = await serveSubgraph({
    subgraph, host: http.host, port: http.port, verifier, log, extraRoutes: program.internalRoutes?.(parts) ?? [],
    tracing: openTracing(environment.tracing, name, { log, stack }),
    readiness: () => foundation.database.query({ text: 'select 1', values: [] }).then(() => null),
  });
  stack.push('subgraph server', () => server.close());
  return { url: server.url };
}
