import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionResult } from 'graphql';
import { parse } from 'graphql';
import { Registry } from 'prom-client';
import { openEventBus } from '../../platform/bus/open-bus';
import { BOOTSTRAP_ADMIN, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { silentLog } from '../../platform/log';
import { openQueue } from '../../platform/queue/open-queue';
import { revisionQueue, type EntryLease } from '../../platform/queue/queue';
import { subscribeOperation } from '../../platform/subgraph/run-operation';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { Signature } from '../../platform/tensor/tensor';
import { newId } from '../../platform/uuid';
import { deploymentEntities, DeploymentDirectory, DeploymentSwitch } from '../../subgraphs/deployment';
import { AuditLog, identityEntities } from '../../subgraphs/identity';
import { createInferenceServices, createInferenceSubgraph, createJobLedger, type InferenceServices } from '../../subgraphs/inference';
import { ModelDirectory, VersionDirectory } from '../../subgraphs/model-registry';
import type { FinishedChunk, JobLedger, Lease } from '../../subgraphs/inference/worker.contract';
import { freshDatabase } from './postgres';

export interface Deployed {
  deploymentId: string;
  revisionId: string;
  modelVersionId: string;
  fullName: string;
}

export interface InferenceBench {
  database: Database;
  services: InferenceServices;
  subgraph: Subgraph;
  ledger: JobLedger;
  /** A live deployment of a model that takes `x FP32[batch, 2]` and gives `y FP32[batch, 2]`. */
  deploy(overrides?: { namespace?: string; name?: string; isLive?: boolean; signature?: Signature }): Promise<Deployed>;
  /** A worker whose heartbeat is this old. */
  addWorker(ageMs?: number): Promise<string>;
  /** Submits through the service, as an operator. */
  submit(deployment: string, itemCount?: number, overrides?: object): Promise<string>;
  /** What the queue of a revision delivers from now on; the entries are gone from it. */
  collect(revisionId: string): Promise<EntryLease[]>;
  close(): Promise<void>;
}

export const SIGNATURE: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [{ size: null, name: 'batch' }, { size: 2, name: null }] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [{ size: null, name: 'batch' }, { size: 2, name: null }] }],
};

export const SCOPE = { requestId: 'test', caller: BOOTSTRAP_ADMIN };

/** The inference subgraph on a real database, bus and queue. */
export async function openInference({ redisUrl = null }: { redisUrl?: string | null } = {}): Promise<InferenceBench> {
  const log = silentLog();
  const fresh = await freshDatabase([...identityEntities, ...deploymentEntities]);
  const { database } = fresh;
  const bus = await openEventBus({ databaseUrl: fresh.url, redisUrl, log });
  const queue = await openQueue({ databaseUrl: fresh.url, redisUrl, log });
  const dataDir = await fs.mkdtemp(path.join(os.tmpdir(), 'modelgraph-inference-'));
  const deployments = new DeploymentDirectory(database, bus);
  const settings = { dataDir, publicUrl: 'http://gateway.test', tensorMaxBytes: 1_048_576, tensorTtlMs: 3_600_000, uploadTtlMs: 600_000, retentionDays: 30, metricRetentionDays: 7, generationMaxTokens: 200 };
  const audit = new AuditLog();
  const services = createInferenceServices({ database, bus, queue, log, audit, deployments, settings, registry: new Registry() });
  const ledger = createJobLedger({ database, bus, queue, log });
  const consumers: { close(force?: boolean): Promise<void> }[] = [];
  return {
    database, services, ledger, subgraph: createInferenceSubgraph(services, {
      versions: new VersionDirectory(database, new ModelDirectory(database)), power: new DeploymentSwitch({ database, bus, audit }),
    }),
    deploy: (overrides) => insertDeployment(database, overrides),
    addWorker: (ageMs = 0) => insertWorker(database, ageMs),
    submit: (deployment, itemCount = 1, overrides = {}) => services.submits.submit(SCOPE, { deployment, items: makeItems(itemCount), ...overrides }),
    async collect(revisionId) {
      const leases: EntryLease[] = [];
      consumers.push(await queue.consume(revisionQueue(revisionId), (entry) => { leases.push(...entry); return Promise.resolve(); }, { concurrency: 16 }));
      return leases;
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close(true)));
      await services.sweeper.stop();
      await services.close();
      await ledger.close();
      await deployments.close();
      await queue.close();
      await bus.close();
      await fs.rm(dataDir, { recursive: true, force: true });
      await fresh.drop();
    },
  };
}

export function makeItems(count: number): { inputs: { name: string; datatype: 'FP32'; shape: number[]; json: number[] }[] }[] {
  return Array.from({ length: count }, (_, index) => ({ inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [1, 2], json: [index, index + 1] }] }));
}

/** The result of a chunk: each item's `y`, or an error for the positions in `failing`. */
export function makeFinished(lease: Lease, itemCount: number, failing: readonly number[] = []): FinishedChunk {
  const y = new Uint8Array(new Float32Array([1, 2]).buffer);
  return {
    jobId: lease.jobId, chunk: lease.chunk, lease: lease.lease,
    items: Array.from({ length: itemCount }, (_, position) => (failing.includes(position)
      ? { error: { code: 'INFERENCE_FAILED' as const, message: `Item at ${position} does not fit.` } }
      : { outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [1, 2], data: y }] })),
    timing: { heldMs: 6, batchWaitMs: 1.5, computeMs: 4, ownComputeMs: 4, batchSize: itemCount },
  };
}

/** Opens a subscription and returns an iterator over the field's values; errors are thrown with their code as message. */
export async function follow<Value>(subgraph: Subgraph, text: string, { caller = BOOTSTRAP_ADMIN, variables = {} }: { caller?: Caller; variables?: Record<string, unknown> } = {}): Promise<AsyncIterableIterator<Value>> {
  const opened = await subscribeOperation(subgraph, { document: parse(text), variables, scope: { requestId: newId(), caller } });
  if (!(Symbol.asyncIterator in opened)) throw codeOf(opened);
  const values: AsyncIterableIterator<Value> = {
    [Symbol.asyncIterator]: () => values,
    async next() {
      const { value, done } = await opened.next() as IteratorResult<ExecutionResult>;
      if (done) return { value: undefined, done: true };
      if (value.errors) throw codeOf(value);
      return { value: Object.values(value.data!)[0] as Value, done: false };
    },
    return: () => opened.return!() as Promise<IteratorResult<Value>>,
  };
  return values;
}

function codeOf({ errors }: ExecutionResult): Error {
  return new Error(String(errors?.[0]?.extensions['code'] ?? errors?.[0]?.message));
}

async function insertDeployment(
  database: Database, { namespace = 'default', name = `model-${newId()}`, isLive = true, signature = SIGNATURE }: Parameters<InferenceBench['deploy']>[0] = {},
): Promise<Deployed> {
  const [deploymentId, revisionId, releaseId, modelVersionId] = [newId(), newId(), newId(), newId()];
  const by = BOOTSTRAP_ADMIN.principalId;
  await database.query({
    text: `insert into deployment (id, namespace, name, model_id, model_full_name, status, desired_replicas, live_release_id, created_by) values ($1, $2, $3, $4, $5, $6, 1, $7, $8)`,
    values: [deploymentId, namespace, name, newId(), `${namespace}/m`, isLive ? 'READY' : 'PENDING', isLive ? releaseId : null, by],
  });
  await database.query({
    text: `insert into revision (id, deployment_id, namespace, number, model_version_id, artifact_digest, artifact_size_bytes, signature, memory_bytes, intra_op_threads, max_batch_size, max_batch_delay_ms, timeout_ms, created_by)
           values ($1, $2, $3, 1, $4, 'sha256:0', 1, $5, 1, 1, 1, 0, 1000, $6)`,
    values: [revisionId, deploymentId, namespace, modelVersionId, JSON.stringify(signature), by],
  });
  await database.query({
    text: `insert into release (id, deployment_id, number, revision_id, state, created_by) values ($1, $2, 1, $3, $4, $5)`,
    values: [releaseId, deploymentId, revisionId, isLive ? 'LIVE' : 'PENDING', by],
  });
  return { deploymentId, revisionId, modelVersionId, fullName: `${namespace}/${name}` };
}

async function insertWorker(database: Database, ageMs: number): Promise<string> {
  const id = newId();
  await database.query({
    text: `insert into worker (id, name, host, pid, devices, memory_bytes, state, heartbeat_at) values ($1, $2, 'host', 1, '[]', 1, 'ACTIVE', now() - $3 * interval '1 ms')`,
    values: [id, `worker-${id}`, ageMs],
  });
  return id;
}
