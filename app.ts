import os from 'node:os';
import { Registry } from 'prom-client';
import { createGatewayApp } from './gateway/app';
import type { GatewayServer } from './gateway/server';
import { migrations } from './migrations';
import { childEnvironment, type Environment } from './platform/env';
import { openFoundation } from './platform/process/foundation';
import { freePort } from './platform/process/free-port';
import type { ProcessParts } from './platform/process/run-process';
import type { SubgraphParts } from './platform/subgraph/program';
import type { Subgraph } from './platform/subgraph/subgraph';
import { PlacementService } from './subgraphs/deployment';
import { deploymentProgram } from './subgraphs/deployment/app';
import { identityService } from './subgraphs/identity';
import { identityProgram } from './subgraphs/identity/app';
import { inferenceProgram } from './subgraphs/inference/app';
import { modelRegistryProgram } from './subgraphs/model-registry/app';
import { WorkerSupervisor } from './workers/supervisor';

const PROGRAMS = [identityProgram, modelRegistryProgram, deploymentProgram, inferenceProgram];

/**
 * The whole platform in this process, its workers beside it. A subgraph whose `SUBGRAPH_<NAME>_URL` is set runs elsewhere and is only
 * reached. What is opened is pushed onto the stack where it is opened, so that a failed start closes what it had.
 */
export async function startPlatform(settings: ProcessParts): Promise<GatewayServer> {
  const environment = await withPort(settings.environment);
  const { log, stack } = settings;
  const { parts, subgraphs } = await startSubgraphs({ environment, log, stack });
  const { database, queue } = parts;
  const isIdentityHere = subgraphs.some(({ name }) => name === 'identity');
  const identity = isIdentityHere ? identityService(database) : null;
  const readiness = [
    { part: 'database', check: () => database.query({ text: 'select 1', values: [] }).then(() => null) },
    // While it is away jobs are kept in the database, and sent to it later.
    { part: 'queue', isOptional: true, check: () => queue.epoch().then(() => null) },
  ];
  const supervisor = superviseWorkers(parts);
  const metricSources = async () => [await parts.registry.getMetricsAsJSON(), ...await supervisor.metrics()];
  const gateway = await createGatewayApp({ environment, subgraphs, identity, log, stack, readiness, database, metricSources });
  // Last, so stopped first: what workers run is finished or given back while everything else still stands.
  supervisor.start();
  stack.push('workers', () => supervisor.stop());
  return gateway;
}

/** Everything behind the gateway: the foundation and the subgraphs of this process, with what each keeps running. */
export async function startSubgraphs({ environment, log, stack }: ProcessParts): Promise<{ parts: SubgraphParts; subgraphs: Subgraph[] }> {
  const { host, port, publicUrl } = environment.http;
  const entities = [...new Set(PROGRAMS.flatMap((program) => program.entities))];
  const foundation = await openFoundation({ environment, entities, migrations, log, stack, processName: 'platform' });
  const parts = { ...foundation, registry: new Registry(), environment, log, stack, publicUrl: publicUrl ?? `http://${host}:${port}` };
  const subgraphs: Subgraph[] = [];
  for (const program of PROGRAMS) {
    if (environment.subgraphs[program.name] === null) subgraphs.push(await program.start(parts));
  }
  return { parts, subgraphs };
}

/** Upload and download URLs hold the port, so a port of the system's choice is chosen before anything is wired. */
async function withPort(environment: Environment): Promise<Environment> {
  if (environment.http.port !== 0) return environment;
  return { ...environment, http: { ...environment.http, port: await freePort(environment.http.host) } };
}

function superviseWorkers({ database, bus, environment, databaseUrl, log }: SubgraphParts): WorkerSupervisor {
  const names = Array.from({ length: environment.worker.count }, (_, index) => `${os.hostname()}-${index}`);
  const placement = new PlacementService(database, bus);
  // They are told at the gateway; one port could serve one of them only.
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: environment.data.dir, METRICS_PORT: '' };
  return new WorkerSupervisor({
    names, log, environment: childEnvironment(settings),
    lost: (name, pid) => placement.lost(name, pid),
  });
}
