import os from 'node:os';
import path from 'node:path';
import { createGatewayApp } from './gateway/app';
import { demandsKeys } from './gateway/identity/host-guard';
import { migrations } from './migrations';
import { childEnvironment, SUBGRAPH_NAMES, type Environment, type SubgraphName } from './platform/env';
import { openFoundation, type Foundation } from './platform/foundation';
import { freePort } from './platform/free-port';
import type { ProcessParts } from './platform/run-process';
import type { Subgraph } from './platform/subgraph/subgraph';
import { createDeploymentSubgraph, DeploymentDirectory, deploymentEntities, Reconciler } from './subgraphs/deployment';
import { ApiKeyService, AuditLog, createIdentitySubgraph, ensureBootstrap, identityEntities, NamespaceDirectory } from './subgraphs/identity';
import { createInferenceServices, createInferenceSubgraph, inferenceEntities, JobBacklog } from './subgraphs/inference';
import {
  createModelRegistrySubgraph, FileArtifactStore, ModelDirectory, modelRegistryEntities, RegistrySweeper, VersionDirectory, VersionInspector,
} from './subgraphs/model-registry';
import { probeModel } from './workers/runtime/probe';
import { WorkerSupervisor } from './workers/supervisor';

/** What the subgraphs of this process share. */
interface Parts extends ProcessParts, Foundation {
  audit: AuditLog;
  namespaces: NamespaceDirectory;
  publicUrl: string;
}

/**
 * The whole platform in this process, its workers beside it. A subgraph whose `SUBGRAPH_<NAME>_URL` is set runs elsewhere and is only reached.
 * What is opened is pushed onto the stack where it is opened, so that a failed start closes what it had.
 */
export async function startPlatform(settings: ProcessParts): Promise<{ url: string }> {
  const environment = await withPort(settings.environment);
  const { log, stack } = settings;
  const parts = await startPlatformParts({ environment, log, stack });
  const { database, namespaces, audit, subgraphs } = parts;
  const authenticator = environment.subgraphs.identity === null ? new ApiKeyService(database, namespaces, audit) : null;
  const readiness = [{ part: 'database', check: () => database.query({ text: 'select 1', values: [] }).then(() => null) }];
  const { url } = await createGatewayApp({ environment, subgraphs, authenticator, log, stack, readiness });
  startWorkers(parts);
  return { url };
}

/** Everything behind the gateway: the foundation and the subgraphs of this process, with what each keeps running. */
export async function startPlatformParts({ environment, log, stack }: ProcessParts): Promise<Parts & { subgraphs: Subgraph[] }> {
  const entities = [...identityEntities, ...modelRegistryEntities, ...deploymentEntities, ...inferenceEntities];
  const foundation = await openFoundation({ environment, entities, migrations, log, stack, processName: 'platform' });
  await bootstrap(environment, foundation);
  const { host, port, publicUrl } = environment.http;
  const parts: Parts = {
    ...foundation, environment, log, stack,
    audit: new AuditLog(), namespaces: new NamespaceDirectory(foundation.database), publicUrl: publicUrl ?? `http://${host}:${port}`,
  };
  return { ...parts, subgraphs: await startSubgraphs(parts) };
}

/** Upload and download URLs hold the port, so a port of the system's choice is chosen before anything is wired. */
async function withPort(environment: Environment): Promise<Environment> {
  if (environment.http.port !== 0) return environment;
  return { ...environment, http: { ...environment.http, port: await freePort(environment.http.host) } };
}

/** A key made just now is printed here and nowhere else. */
async function bootstrap(environment: Environment, { database }: Foundation): Promise<void> {
  const { bootstrapApiKey } = environment.http;
  const made = await ensureBootstrap({ database, bootstrapApiKey, isLoopback: !demandsKeys(environment.http) });
  if (made !== null) process.stdout.write(`admin key (shown once) ${made}\n`);
}

async function startSubgraphs(parts: Parts): Promise<Subgraph[]> {
  const start: Record<SubgraphName, (parts: Parts) => Promise<Subgraph> | Subgraph> = {
    identity: ({ database }) => createIdentitySubgraph({ database }),
    'model-registry': startModelRegistry,
    deployment: startDeployment,
    inference: startInference,
  };
  const here = SUBGRAPH_NAMES.filter((name) => parts.environment.subgraphs[name] === null);
  const started: Subgraph[] = [];
  for (const name of here) started.push(await start[name](parts));
  return started;
}

function startModelRegistry({ database, bus, audit, namespaces, environment, log, stack, publicUrl }: Parts): Subgraph {
  const artifacts = new FileArtifactStore(path.join(environment.data.dir, 'artifacts'));
  const inspector = new VersionInspector({ database, bus, log, artifacts, probe: probeModel });
  inspector.start();
  stack.push('version inspector', () => inspector.stop());
  const sweeper = new RegistrySweeper({ database, artifacts, log });
  sweeper.start();
  stack.push('registry sweeper', () => sweeper.stop());
  const settings = { publicUrl, maxBytes: environment.model.maxBytes, ttlMs: environment.model.uploadTtlMs };
  return createModelRegistrySubgraph({ database, bus, audit, namespaces, artifacts, inspector, settings });
}

async function startDeployment({ database, bus, audit, namespaces, log, stack }: Parts): Promise<Subgraph> {
  const versions = new VersionDirectory(database, new ModelDirectory(database));
  const reconciler = new Reconciler({ database, bus, log, backlog: new JobBacklog(database) });
  await reconciler.start();
  stack.push('reconciler', () => reconciler.stop());
  return createDeploymentSubgraph({ database, bus, audit, namespaces, versions });
}

function startInference({ database, bus, queue, audit, environment, log, stack, publicUrl }: Parts): Subgraph {
  const { data, tensor, model, job } = environment;
  const deployments = new DeploymentDirectory(database, bus);
  stack.push('deployment directory', () => deployments.close());
  const services = createInferenceServices({
    database, bus, queue, log, audit, deployments,
    settings: {
      dataDir: data.dir, publicUrl, tensorMaxBytes: tensor.maxBytes, tensorTtlMs: tensor.ttlMs, uploadTtlMs: model.uploadTtlMs, retentionDays: job.retentionDays,
    },
  });
  stack.push('enqueuer', () => services.close());
  services.sweeper.start();
  stack.push('job sweeper', () => services.sweeper.stop());
  return createInferenceSubgraph(services);
}

/** Pushed last, so stopped first: what workers run is finished or given back while everything else still stands. */
function startWorkers({ environment, databaseUrl, log, stack }: Parts): void {
  const names = Array.from({ length: environment.worker.count }, (_, index) => `${os.hostname()}-${index}`);
  const supervisor = new WorkerSupervisor({ names, environment: childEnvironment({ DATABASE_URL: databaseUrl, DATA_DIR: environment.data.dir }), log });
  supervisor.start();
  stack.push('workers', () => supervisor.stop());
}
