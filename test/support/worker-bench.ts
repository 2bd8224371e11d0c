import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '../../platform/errors';
import { silentLog } from '../../platform/log';
import { revisionQueue } from '../../platform/queue/queue';
import type { RawTensor } from '../../platform/tensor/tensor';
import { newId } from '../../platform/uuid';
import type { Assignment, BatchProfile, Placement, ReplicaPace, ReplicaReport, RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { TensorBlobs } from '../../subgraphs/inference/worker.contract';
import type { IncarnationParts } from '../../workers/incarnation';
import { DeviceScheduler } from '../../workers/scheduler/device-scheduler';
import { ModelFolders } from '../../workers/model-folder';
import { layoutOf } from '../../workers/batching/batch-layout';
import type { TensorBatching } from '../../workers/runner.port';
import { FakeRunners, numbers, valuesOf } from './fake-runner';
import { MemoryLedger } from './memory-ledger';
import { MemoryRecorder } from './memory-recorder';
import { MemoryBus, MemoryQueue } from './memory-transport';

export function makeRevision(overrides: Partial<RevisionSpec> = {}): RevisionSpec {
  return {
    id: newId(), namespace: 'default', deploymentId: newId(), modelVersionId: newId(), artifactDigest: 'digest', artifactSizeBytes: 1, artifactPath: 'model.onnx', files: [],
    signature: { inputs: [], outputs: [] }, memoryBytes: 1, timeoutMs: 1_000, intraOpThreads: 1, maxBatchSize: 1, maxBatchDelayMs: 0, batchDimension: null, padding: [], ...overrides,
  };
}

/** Placement as one worker sees it. */
export class MemoryPlacement implements Placement {
  wanted: Assignment[] = [];
  readonly reports: ReplicaReport[] = [];
  readonly paces: ReplicaPace[] = [];
  readonly profiles: { replicaId: string; profile: BatchProfile }[] = [];
  readonly registered: string[] = [];
  readonly left: string[] = [];
  /** Workers declared GONE. */
  readonly gone = new Set<string>();
  heartbeats = 0;
  isAway = false;

  async register(): Promise<string> {
    const workerId = newId();
    this.registered.push(workerId);
    return workerId;
  }

  async heartbeat(workerId: string): Promise<boolean> {
    this.heartbeats += 1;
    if (this.isAway) throw new PlatformError('UNAVAILABLE', 'Postgres is away.');
    return !this.gone.has(workerId);
  }

  async assignments(workerId: string): Promise<Assignment[]> {
    return this.gone.has(workerId) ? [] : this.wanted;
  }

  async report(_workerId: string, reports: ReplicaReport[]): Promise<void> {
    this.reports.push(...reports);
  }

  async pace(_workerId: string, paces: ReplicaPace[]): Promise<void> {
    this.paces.push(...paces);
  }

  async profiled(_workerId: string, replicaId: string, profile: BatchProfile): Promise<void> {
    this.profiles.push({ replicaId, profile });
  }

  async leave(workerId: string): Promise<void> {
    this.left.push(workerId);
  }

  states(): string[] {
    return this.reports.map(({ state }) => state);
  }
}

export class MemoryBlobs implements TensorBlobs {
  readonly blobs = new Map<string, Uint8Array>();

  async read(blob: string): Promise<Uint8Array> {
    const data = this.blobs.get(blob);
    if (!data) throw new PlatformError('TENSOR_NOT_FOUND', `No blob ${blob}.`);
    return data;
  }

  async write(owner: { jobId: string }, item: number, tensor: RawTensor): Promise<string> {
    const id = `${owner.jobId}/${item}/${tensor.name}`;
    this.blobs.set(id, tensor.data);
    return id;
  }
}

/** Stacks INT32 vectors, which is all that the fake runner knows. */
const vectorBatching = (spec: RevisionSpec): TensorBatching => ({
  keyOf: (tensors, outputs) => layoutOf(spec).keyOf(tensors, outputs),
  extentOf: (tensors) => layoutOf(spec).extentOf(tensors),
  stack: (requests) => numbers(...requests.flatMap(([x]) => valuesOf(x!))),
  split: ([y], extents) => {
    const values = valuesOf(y!);
    return extents.map(({ rows }) => numbers(...values.splice(0, rows)));
  },
});

/** Everything a worker needs, in memory, so that the tests can crash, cancel and cut off at will. */
export async function makeWorkerBench() {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'worker-bench-'));
  const artifact = path.join(root, 'artifact');
  await fs.writeFile(artifact, 'model');
  const ledger = new MemoryLedger();
  const queue = new MemoryQueue();
  ledger.enqueue = (entry, revisionId) => queue.push(revisionQueue(revisionId), entry);
  const parts = {
    ledger, queue, bus: new MemoryBus(), placement: new MemoryPlacement(), blobs: new MemoryBlobs(), loader: new FakeRunners(), batching: vectorBatching,
    folders: new ModelFolders(path.join(root, 'models'), { localFile: async () => artifact }), tuner: null, recorder: new MemoryRecorder(), device: new DeviceScheduler({ policy: 'FIFO', slots: 2 }), concurrency: 64, maxGenerations: 4, log: silentLog(),
  } satisfies IncarnationParts;
  return { ...parts, parts, root, remove: () => fs.rm(root, { recursive: true, force: true }) };
}

export type WorkerBench = Awaited<ReturnType<typeof makeWorkerBench>>;
