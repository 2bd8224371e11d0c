import type { EventBus } from '../platform/bus/event-bus';
import type { Log } from '../platform/log';
import type { QueueBackend } from '../platform/queue/queue';
import type { Assignment, Placement } from '../subgraphs/deployment/worker.contract';
import type { JobLedger, TensorBlobs, WorkRecorder } from '../subgraphs/inference/worker.contract';
import type { BatchTuner } from './autotune/batch-tuner';
import { CancelWatch } from './cancel-watch';
import { ChunkTensors } from './chunk-tensors';
import { ChunksInHand } from './chunks-in-hand';
import { ClaimBatcher } from './claim-batcher';
import { FinishBatcher } from './finish-batcher';
import { leaseOf } from './lease';
import type { ModelFolders } from './model-folder';
import { PaceReporter } from './pace-reporter';
import { untilAnswered } from './persistence';
import { Replica, type ReplicaParts } from './replica';
import { ReplicaReporter } from './replica-reporter';
import type { DeviceScheduler } from './scheduler/device-scheduler';
import type { BatchingOf, RunnerLoader } from './runner.port';

export interface IncarnationParts {
  placement: Placement;
  ledger: JobLedger;
  blobs: TensorBlobs;
  queue: QueueBackend;
  bus: EventBus;
  folders: ModelFolders;
  loader: RunnerLoader;
  batching: BatchingOf;
  device: DeviceScheduler;
  /** Null: nothing is measured. */
  tuner: Pick<BatchTuner, 'tune'> | null;
  recorder: Pick<WorkRecorder, 'saved'>;
  concurrency: number;
  /** Of one replica at a time. */
  maxGenerations: number;
  log: Log;
}

const RETURNED = { code: 'WORKER_LOST', message: 'The worker stopped before the work was done.' } as const;
/** Beyond the replicas' grace, for the last statements; Postgres may be away just now. */
const LEAVE_MS = 3_000;

/** All that a worker holds under one registration; when the registration is gone, all of it goes. */
export class Incarnation {
  readonly #replicas = new Map<string, Replica>();
  /** Ends claims and results. */
  readonly #gone = new AbortController();
  /** Ends all calls: the process has no more time. */
  readonly #late = new AbortController();
  readonly #replicaParts: ReplicaParts;
  readonly #cancelWatch: CancelWatch;
  readonly #paces: PaceReporter;

  constructor(readonly workerId: string, private readonly parts: IncarnationParts) {
    const { ledger, placement, bus, log } = parts;
    const inHand = new ChunksInHand();
    const shared = { ledger, placement, workerId, inHand, bus, log, signal: this.#gone.signal };
    this.#cancelWatch = new CancelWatch(shared);
    this.#paces = new PaceReporter(placement, workerId);
    this.#replicaParts = {
      ...parts, inHand,
      claims: new ClaimBatcher(shared),
      finishes: new FinishBatcher(shared),
      reporter: new ReplicaReporter(shared),
      tensors: new ChunkTensors(parts.blobs, shared),
      // Also after the worker was declared gone: it moves only rows that still hold the lease, and those nobody else would look for.
      giveBack: async (leases) => {
        const settings = { log, signal: this.#late.signal };
        if (leases.length > 0) await untilAnswered('giveBack', () => ledger.giveBack(workerId, leases.map(leaseOf), RETURNED), settings);
      },
    };
  }

  async start(): Promise<void> {
    await this.#cancelWatch.start();
  }

  /** Makes what is loaded equal to what is assigned; loading and unloading go on in the background. */
  reconcile(assignments: Assignment[]): void {
    const wanted = new Set(assignments.map(({ replicaId }) => replicaId));
    for (const assignment of assignments) {
      if (this.#replicas.has(assignment.replicaId)) continue;
      const replica = new Replica(assignment, this.#replicaParts);
      this.#replicas.set(replica.id, replica);
      void replica.start();
    }
    for (const replica of this.#replicas.values()) {
      if (!wanted.has(replica.id)) void this.#unload(replica);
    }
  }

  replica(id: string): Replica | null {
    return this.#replicas.get(id) ?? null;
  }

  /** Says how fast those replicas are that have run. */
  tellPaces(): Promise<void> {
    return this.#paces.tell([...this.#replicas.values()].flatMap(({ id, itemMs }) => (itemMs === null ? [] : [{ replicaId: id, itemMs }])));
  }

  /** A clean end within the grace: runs finish, the rest is given back, the registration ends. */
  async leave(graceMs: number): Promise<void> {
    const late = setTimeout(() => {
      this.#gone.abort(new Error('The grace of the shutdown is over.'));
      this.#late.abort(new Error('The grace of the shutdown is over.'));
    }, graceMs + LEAVE_MS);
    await Promise.all([...this.#replicas.values()].map((replica) => replica.stop(graceMs)));
    this.#cancelWatch.stop();
    await untilAnswered('leave', () => this.parts.placement.leave(this.workerId), { log: this.parts.log, signal: this.#late.signal })
      .catch(() => undefined);
    clearTimeout(late);
  }

  /** The registration is gone: others hold its leases now, so nothing more is written in its name. */
  async drop(): Promise<void> {
    this.#cancelWatch.stop();
    this.#gone.abort(new Error('The worker was declared gone.'));
    await Promise.all([...this.#replicas.values()].map((replica) => replica.drop()));
    this.#replicas.clear();
  }

  /** It stays known until it has stopped, so that it is never loaded twice at a time. */
  async #unload(replica: Replica): Promise<void> {
    if (replica.state === 'STOPPED') return;
    await replica.stop(UNLOAD_GRACE_MS);
    this.#replicas.delete(replica.id);
  }
}

/** A revision that is taken away gets longer than a shutdown: its runs may last as long as they may. */
const UNLOAD_GRACE_MS = 60_000;
