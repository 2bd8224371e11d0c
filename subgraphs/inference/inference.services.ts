import path from 'node:path';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { DirectTokens } from '../../platform/direct/token';
import type { Log } from '../../platform/log';
import type { QueueBackend } from '../../platform/queue/queue';
import type { AuditLog } from '../identity';
import { DirectService } from './direct/direct.service';
import { DirectStatistics } from './direct/direct.statistics';
import { InferService } from './direct/infer.service';
import { ReplicaChoice } from './direct/replica-choice';
import { WorkerConnections } from './direct/worker.connections';
import { JobService } from './job/job.service';
import { JobStore } from './job/job.store';
import { RetryCheck } from './job/retry-check';
import { ChunkEnqueuer } from './ledger/chunk-enqueuer';
import { JobLedgerService } from './ledger/job-ledger.service';
import { LoadStore } from './load/load.store';
import { RecentLoads } from './load/recent-loads';
import { Admission } from './submit/admission';
import { BlobCheck } from './submit/blob-check';
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

export interface InferenceSettings {
  dataDir: string;
  /** How clients reach the gateway, without a slash at the end. */
  publicUrl: string;
  tensorMaxBytes: number;
  tensorTtlMs: number;
  uploadTtlMs: number;
  retentionDays: number;
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
  settings: InferenceSettings;
}

export interface InferenceServices extends InferenceDependencies {
  jobs: JobService;
  submits: SubmitService;
  direct: DirectService;
  statistics: DirectStatistics;
  infers: InferService;
  store: JobStore;
  blobs: TensorBlobStore;
  tensors: TensorStore;
  uploads: TensorUploadService;
  sweeper: JobSweeper;
  loads: RecentLoads;
  /** Ends direct calls and waits for what is being enqueued; before the queue and the database close. */
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
  const connections = new WorkerConnections(new DirectTokens(database));
  const statistics = new DirectStatistics();
  const direct = new DirectService({ deployments, connections, choice: new ReplicaChoice(), statistics });
  const partitions = new JobPartitions(database);
  const loadStore = new LoadStore(database);
  const loads = new RecentLoads(loadStore);
  const writer = new SubmitWriter({ database, partitions, loads: loadStore });
  return {
    ...dependencies, loads, store, blobs, tensors, direct, statistics,
    infers: new InferService({ direct, blobs: blobCheck, tensors }),
    jobs: new JobService({ database, store, audit, bus, enqueuer, deployments, retries: new RetryCheck(database, deployments, blobCheck) }),
    submits: new SubmitService({ deployments, keys, blobs: blobCheck, writer, enqueuer, admission: new Admission(loads) }),
    uploads: new TensorUploadService(database, audit, { publicUrl, maxBytes, uploadTtlMs }),
    sweeper: createSweeper(dependencies, {
      enqueuer, janitor: new Janitor({ partitions, loads: loadStore, log, keys, blobs, tensors, retentionDays: settings.retentionDays }),
    }),
    close: async () => {
      await connections.close();
      await enqueuer.close();
    },
  };
}

function createSweeper(dependencies: LedgerDependencies, { enqueuer, janitor }: { enqueuer: ChunkEnqueuer; janitor: Janitor }): JobSweeper {
  const { database, bus } = dependencies;
  return new JobSweeper({
    ...dependencies, enqueuer, janitor, store: new SweepStore(database),
    ledger: new JobLedgerService(database, bus, enqueuer), workers: new HeartbeatLiveness(database),
  });
}

/** The ledger as a worker process holds it. */
export function createJobLedger({ database, bus, queue, log }: LedgerDependencies): JobLedgerService {
  return new JobLedgerService(database, bus, new ChunkEnqueuer(database, queue, log));
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
