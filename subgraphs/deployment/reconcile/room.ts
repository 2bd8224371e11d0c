import { HOLDING_STATES } from '../replica.lifecycle';
import type { Reason } from '../status-reason';
import type { ReplicaFacts, RevisionFacts, WorkerFacts } from './snapshot';

interface Bed {
  worker: WorkerFacts;
  freeBytes: number;
  replicasOf: Map<string, number>;
  failuresOf: Map<string, number>;
}

/** Which worker has how much memory left, kept up to date while a plan is made. */
export class Room {
  readonly #beds: Bed[];

  constructor(workers: readonly WorkerFacts[], replicas: readonly ReplicaFacts[]) {
    this.#beds = workers.map((worker) => ({ worker, freeBytes: worker.memoryBytes, replicasOf: new Map(), failuresOf: new Map() }));
    const byWorker = new Map(this.#beds.map((bed) => [bed.worker.id, bed]));
    for (const replica of replicas) {
      const bed = byWorker.get(replica.workerId);
      if (bed && HOLDING_STATES.includes(replica.state)) occupy(bed, replica.revisionId, replica.memoryBytes);
      if (bed && replica.state === 'FAILED') increment(bed.failuresOf, replica.revisionId);
    }
  }

  /**
   * Reserves room for one replica: first where the revision failed least, then where it is least present, then on the worker with the
   * largest free share. Null when no active worker has room.
   */
  take({ id, memoryBytes }: RevisionFacts): WorkerFacts | null {
    const fitting = this.#beds.filter(({ worker, freeBytes }) => worker.isActive && freeBytes >= memoryBytes);
    const [best] = fitting.sort((a, b) =>
      count(a.failuresOf, id) - count(b.failuresOf, id)
      || count(a.replicasOf, id) - count(b.replicasOf, id)
      || freeShare(b) - freeShare(a)
      || (a.worker.id < b.worker.id ? -1 : 1));
    if (!best) return null;
    occupy(best, id, memoryBytes);
    return best.worker;
  }

  /** Why nothing fits, without naming workers: tenants do not see them. */
  shortage({ number, memoryBytes }: RevisionFacts): Reason {
    const active = this.#beds.filter(({ worker }) => worker.isActive);
    if (active.length === 0) return { code: 'NO_CAPACITY', message: 'No worker is active: start one.' };
    const widest = Math.max(...active.map(({ freeBytes }) => freeBytes));
    return {
      code: 'NO_CAPACITY',
      message: `A replica of revision ${number} reserves ${mebibytes(memoryBytes)} of memory; the most that is free on one of `
        + `${active.length} active worker(s) is ${mebibytes(Math.max(0, widest))}. Add a worker, stop another deployment, or reserve less.`,
    };
  }
}

function occupy(bed: Bed, revisionId: string, memoryBytes: number): void {
  bed.freeBytes -= memoryBytes;
  increment(bed.replicasOf, revisionId);
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, count(counts, key) + 1);
}

function count(counts: ReadonlyMap<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}

function freeShare({ worker, freeBytes }: Bed): number {
  return freeBytes / worker.memoryBytes;
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}
