import path from 'node:path';
import type { Registry } from 'prom-client';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { DirectTokens } from '../../platform/direct/token';
import type { Log } from '../../platform/log';
import type { QueueBackend } from '../../platform/queue/queue';
import type { AuditLog } from '../identity';
import { DirectLimits } from './direct/direct.limits';
import { DirectOutcomes } from './direct/direct.outcomes';
import { DirectService } from './direct/direct.service';
import { DirectStatistics } from './direct/direct.statistics';
import { InferService } from './direct/infer.service';
import { ReplicaChoice } from './direct/replica-choice';
import { WorkerConnections } from './direct/worker.connections';
import { EstimateService } from './estimate/estimate.service';
import { QueuePositionStore } from './estimate/queue-position.store';
import { GenerationStore } from './generation/generation.store';
import { GenerationService } from './generation/generation.service';
import { KeptGenerations } from './generation/kept.generations';
import { TokenSource } from './generation/token.source';
import { JobService } from './job/job.service';
import { JobStore } from './job/job.store';
import { RetryCheck } from './job/retry-check';
import { ChunkEnqueuer } from './ledger/chunk-enqueuer';
import { JobLedgerService } from './ledger/job-ledger.service';
import { LoadStore } from './load/load.store';
import { RecentLoads } from './load/recent-loads';
import { DeploymentMeter } from './metrics/deployment-meter';
import { EndedJobs } from './metrics/ended-jobs';
import { InferenceMetrics } from './metrics/inference.metrics';
import { MetricStore } from './metrics/metric.store';
import { Recorders } from './metrics/recorders';
import { JobFlights } from './reuse/job-flights';
import { JobWaiter, type JobWaiterParts } from './reuse/job-waiter';
import { ResultStore } from './reuse/result.store';
import { ReusedCalls } from './reuse/reused-calls';
import { ReusedJobs, type ReusedJobsParts } from './reuse/reused-jobs';
import { Admission } from './submit/admission';
import { BlobCheck } from './submit/blob-check';
import { DeadlineTrials } from './submit/deadline-trials';
import { IdempotencyKeys } from './submit/idempotency';
import type { ServingDirectory } from './submit/serving-directory';
import { SubmitService } from './submit/submit.service';
import { SubmitWriter } from './submit/submit.writer';
import { Janitor } from './sweep/janitor';
import { JobPartitions } from './sweep/job-partitions';
import { JobSweeper } from './sweep/job.sweeper';
import { SweepStore } from './sweep/sweep.store';
import { HeartbeatLiveness } from './sweep/worker-liveness';
import { FileTensorStore } from './tensor/file-tensor.store';
import { TensorBlobStore } from './tensor/tensor-blob.store';
import { TensorUploadService } from './tensor/tensor-upload.service';
import type { TensorStore } from './tensor/tensor.store';
import type { WorkRecorder } from './worker.contract';

export interface InferenceSettings {
  dataDir: string;
  /** How clients reach the gateway, without a slash at the end. */
  publicUrl: string;
  tensorMaxBytes: number;
  tensorTtlMs: number;
  uploadTtlMs: number;
  retentionDays: number;
  metricRetentionDays: number;
  /** Tokens that one generation may have. */
  generationMaxTokens: number;
}

export interface LedgerDependencies {
  database: Database;
  bus: EventBus;
  queue: QueueBackend;
  log: Log;
}

export interface InferenceDependencies extends LedgerDependencies {
  audit: AuditLog;
  deployments: ServingDirectory;
  /** Where Prometheus' metrics are kept. */
  registry: Registry;
  settings: InferenceSettings;
}

export interface InferenceServices extends InferenceDependencies {
  jobs: JobService;
  submits: SubmitService;
  direct: DirectService;
  statistics: DirectStatistics;
  infers: InferService;
  generations: GenerationService;
  kept: KeptGenerations;
  store: JobStore;
  blobs: TensorBlobStore;
  tensors: TensorStore;
  uploads: TensorUploadService;
  sweeper: JobSweeper;
  loads: RecentLoads;
  metrics: MetricStore;
  meter: DeploymentMeter;
  estimates: EstimateService;
  /** Ends direct calls, writes what was counted, and waits for what is being enqueued; before the queue and the database close. */
  close(): Promise<void>;
}

/** Everything of this subgraph but its graph. */
export function createInferenceServices(dependencies: InferenceDependencies): InferenceServices {
  const { database, bus, log, audit, deployments, settings } = dependencies;
  const { publicUrl, tensorMaxBytes: maxBytes, uploadTtlMs, tensorTtlMs: ttlMs, dataDir } = settings;
  const enqueuer = new ChunkEnqueuer(database, dependencies.queue, log);
  const store = new JobStore(database);
  const { blobs, tensors } = openTensors({ database, dataDir, ttlMs });
  const blobCheck = new BlobCheck(blobs, ttlMs);
  const keys = new IdempotencyKeys(database);
  const metrics = new MetricStore(database);
  const { recorder, prometheus, meter } = createRecorder({ metrics, registry: dependencies.registry, log });
  const partitions = new JobPartitions(database);
  const loadStore = new LoadStore(database);
  const loads = new RecentLoads(loadStore);
  prometheus.watchQueues(() => loadStore.all());
  const results = new ResultStore(database, log);
  const { connections, direct, statistics, generations, kept, generationStore } = createDirectLane(dependencies, { loads, recorder, reuse: new ReusedCalls({ results, tensors }) });
  const ledger = new JobLedgerService({ database, bus, enqueuer, results });
  const { reuse, waiter } = createJobReuse({ database, bus, jobs: store, enqueuer, log }, { results, ledger, blobs, tensors, tensorTtlMs: ttlMs, recorder });
  const trials = new DeadlineTrials();
  const ended = new EndedJobs({ recorder, deployments, log });
  const writer = new SubmitWriter({ database, partitions, loads: loadStore });
  return {
    ...dependencies, loads, store, blobs, tensors, direct, statistics, metrics, meter, generations, kept,
    estimates: new EstimateService({ deployments, loads, metrics, trials, positions: new QueuePositionStore(database) }),
    infers: new InferService({ direct, blobs: blobCheck, tensors }),
    jobs: new JobService({ database, store, audit, bus, enqueuer, deployments, ended, retries: new RetryCheck(database, deployments, blobCheck) }),
    submits: new SubmitService({ deployments, keys, blobs: blobCheck, writer, enqueuer, reuse, admission: new Admission({ loads, recorder, trials }) }),
    uploads: new TensorUploadService(database, audit, { publicUrl, maxBytes, uploadTtlMs }),
    sweeper: createSweeper(dependencies, {
      enqueuer, ended, ledger, kept, janitor: new Janitor({ ...settings, partitions, loads: loadStore, metrics, results, generations: generationStore, log, keys, blobs, tensors }),
    }),
    close: async () => {
      await kept.close();
      await connections.close();
      await waiter.close();
      await meter.close();
      await enqueuer.close();
    },
  };
}

interface DirectLaneParts {
  loads: RecentLoads;
  recorder: WorkRecorder;
  reuse: ReusedCalls;
}

function createDirectLane({ database, bus, deployments, log, settings }: InferenceDependencies, { loads, recorder, reuse }: DirectLaneParts) {
  const [connections, choice, statistics] = [new WorkerConnections(new DirectTokens(database)), new ReplicaChoice(), new DirectStatistics()];
  const [limits, outcomes] = [new DirectLimits({ loads, choice }), new DirectOutcomes(statistics, recorder)];
  const direct = new DirectService({ deployments, connections, choice, limits, outcomes, reuse });
  const source = new TokenSource({ choice, connections });
  const generations = new GenerationService({ direct, limits, outcomes, source, maxTokens: settings.generationMaxTokens });
  const generationStore = new GenerationStore(database);
  const kept = new KeptGenerations({ store: generationStore, service: generations, deployments, bus, log });
  return { connections, statistics, direct, generations, generationStore, kept };
}

function createJobReuse(waiting: Omit<JobWaiterParts, 'flights'>, parts: Omit<ReusedJobsParts, 'flights' | 'waiter'>) {
  const flights = new JobFlights();
  const waiter = new JobWaiter({ ...waiting, flights });
  return { waiter, reuse: new ReusedJobs({ ...parts, flights, waiter }) };
}

interface SweeperServices {
  enqueuer: ChunkEnqueuer;
  janitor: Janitor;
  ended: EndedJobs;
  ledger: JobLedgerService;
  kept: KeptGenerations;
}

function createSweeper(dependencies: LedgerDependencies, services: SweeperServices): JobSweeper {
  const { database } = dependencies;
  return new JobSweeper({ ...dependencies, ...services, store: new SweepStore(database), workers: new HeartbeatLiveness(database) });
}

function createRecorder({ metrics, registry, log }: { metrics: MetricStore; registry: Registry; log: Log }) {
  const [prometheus, meter] = [new InferenceMetrics(registry), new DeploymentMeter(metrics, log)];
  return { prometheus, meter, recorder: new Recorders([prometheus, meter]) };
}

/** What hears of the work of a worker process; closing it writes what was counted. */
export function createWorkRecorder({ database, registry, log }: { database: Database; registry: Registry; log: Log }): { recorder: WorkRecorder; close(): Promise<void> } {
  const { recorder, meter } = createRecorder({ metrics: new MetricStore(database), registry, log });
  return { recorder, close: () => meter.close() };
}

/** The ledger as a worker process holds it. */
export function createJobLedger({ database, bus, queue, log }: LedgerDependencies): JobLedgerService {
  return new JobLedgerService({ database, bus, enqueuer: new ChunkEnqueuer(database, queue, log), results: new ResultStore(database, log) });
}

/** The tensor store as a worker process holds it. */
export function createTensorBlobs(settings: { database: Database; dataDir: string; ttlMs: number }): TensorStore {
  return openTensors(settings).tensors;
}

function openTensors({ database, dataDir, ttlMs }: { database: Database; dataDir: string; ttlMs: number }) {
  const blobs = new TensorBlobStore(database);
  const tensors: TensorStore = new FileTensorStore(path.join(dataDir, 'tensors'), blobs, ttlMs);
  return { blobs, tensors };
}
