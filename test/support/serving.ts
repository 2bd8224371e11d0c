import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { migrations } from '../../migrations';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { childEnvironment, readEnvironment, type VariableName } from '../../platform/env';
import { openFoundation } from '../../platform/process/foundation';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import type { Signature } from '../../platform/tensor/tensor';
import { newId } from '../../platform/uuid';
import { createDeploymentSubgraph, DeploymentDirectory, deploymentEntities, PlacementService, Reconciler } from '../../subgraphs/deployment';
import { AuditLog, ensureBootstrap, identityEntities, NamespaceDirectory } from '../../subgraphs/identity';
import { createInferenceServices, inferenceEntities, JobBacklog, type InferenceServices } from '../../subgraphs/inference';
import { FileArtifactStore, ModelDirectory, modelRegistryEntities, VersionDirectory } from '../../subgraphs/model-registry';
import { WorkerSupervisor } from '../../workers/supervisor';
import { ask } from './ask';
import { eventually } from './eventually';
import { freshDatabase } from './postgres';

export const SCOPE = { requestId: 'test', caller: BOOTSTRAP_ADMIN };

export interface JobFacts {
  status: string;
  errorCode: string | null;
  attempt: number;
}

/** Registry, deployments with their loop, inference with its sweeper, all in this process, and worker processes on demand; everything real. */
export async function makeServing({ redisUrl }: { redisUrl?: string } = {}) {
  const fresh = await freshDatabase();
  const dataDir = await fs.mkdtemp(path.join(os.tmpdir(), 'serving-'));
  const log = silentLog();
  const stack = new ShutdownStack(log);
  const variables: Partial<Record<VariableName, string>> = { DATABASE_URL: fresh.url, DATA_DIR: dataDir, LOG_LEVEL: 'error', DATABASE_POOL_SIZE: '6', ...(redisUrl ? { REDIS_URL: redisUrl } : {}) };
  const entities = [...identityEntities, ...modelRegistryEntities, ...deploymentEntities, ...inferenceEntities];
  const { database, bus, queue } = await openFoundation({ environment: readEnvironment(variables), entities, migrations, log, stack, processName: 'test' });
  await ensureBootstrap({ database, bootstrapApiKey: null, isLoopback: true });

  const audit = new AuditLog();
  const versions = new VersionDirectory(database, new ModelDirectory(database));
  const subgraph = createDeploymentSubgraph({ database, bus, audit, namespaces: new NamespaceDirectory(database), versions });
  const reconciler = new Reconciler({ database, bus, log, backlog: new JobBacklog(database) });
  await reconciler.start();
  stack.push('reconciler', () => reconciler.stop());

  const deployments = new DeploymentDirectory(database, bus);
  const settings = { dataDir, publicUrl: 'http://test', tensorMaxBytes: 1e8, tensorTtlMs: 3_600_000, uploadTtlMs: 3_600_000, retentionDays: 1, metricRetentionDays: 1, generationMaxTokens: 200 };
  const inference = createInferenceServices({ database, bus, queue, log, audit, deployments, settings, registry: new Registry() });
  stack.push('inference', () => inference.close());
  inference.sweeper.start();
  stack.push('sweeper', () => inference.sweeper.stop());

  const artifacts = new FileArtifactStore(path.join(dataDir, 'artifacts'));

  const placement = new PlacementService(database, bus);
  const supervised: Record<string, unknown>[] = [];
  const supervisorLog = pino({}, { write: (line: string) => { supervised.push(JSON.parse(line) as Record<string, unknown>); } });

  return {
    database, bus, inference, dataDir,
    /** What the supervisors logged. */
    supervised,

    startWorkers(...names: string[]): WorkerSupervisor {
      const supervisor = new WorkerSupervisor({ names, environment: childEnvironment(variables), log: supervisorLog, lost: (name, pid) => placement.lost(name, pid) });
      supervisor.start();
      stack.push('workers', () => supervisor.stop());
      return supervisor;
    },

    /** Pushes the model and deploys it; resolves once it is READY. */
    async deploy(name: string, model: Buffer, signature: Signature, options: { timeoutMs?: number; replicas?: number; batching?: { maxBatchSize: number; maxDelayMs: number } } = {}): Promise<void> {
      const { digest, sizeBytes } = await artifacts.write(Readable.from([model]), { maxBytes: 1e9, sizeBytes: null, digest: null });
      const [id, createdBy] = [newId(), BOOTSTRAP_ADMIN.principalId];
      await database.query({ text: `insert into model (id, namespace, name, last_version_number, created_by) values ($1, 'default', $2, 1, $3)`, values: [id, name, createdBy] });
      await database.query({ text: `insert into artifact_link (namespace, digest, size_bytes) values ('default', $1, $2) on conflict do nothing`, values: [digest, sizeBytes] });
      await database.query({
        text: `insert into model_version (id, model_id, namespace, number, digest, size_bytes, state, signature, created_by) values ($1, $2, 'default', 1, $3, $4, 'READY', $5, $6)`,
        values: [newId(), id, digest, sizeBytes, JSON.stringify(signature), createdBy],
      });
      const { timeoutMs = 20_000, replicas = 1, batching = null } = options;
      const mutation = `mutation ($name: String!, $model: String!, $replicas: Int!, $timeoutMs: Int!, $batching: BatchingInput) {
        createDeployment(input: { name: $name, model: $model, replicas: $replicas, batching: $batching, limits: { timeoutMs: $timeoutMs }, resources: { memoryBytes: 268435456 } }) { deployment { id } } }`;
      expect((await ask(subgraph, mutation, { variables: { name, model: `default/${name}`, replicas, timeoutMs, batching } })).messages).toEqual([]);
      await eventually(async () => expect((await deployments.servingTarget(`default/${name}`))?.status).toBe('READY'), { timeoutMs: 30_000 });
    },

    submit(name: string, items: Parameters<InferenceServices['submits']['submit']>[1]['items']): Promise<string> {
      return inference.submits.submit(SCOPE, { deployment: `default/${name}`, items });
    },

    async job(id: string): Promise<JobFacts> {
      const [row] = await database.query<JobFacts>({
        text: `select j.status, j.error_code as "errorCode", (select max(c.attempt) from job_chunk c where c.job_id = j.id)::int as attempt from job j where j.id = $1`, values: [id],
      });
      return row!;
    },

    async close(): Promise<void> {
      await stack.close();
      await fresh.drop();
      await fs.rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Serving = Awaited<ReturnType<typeof makeServing>>;
