import { PlatformError } from '../../platform/errors';
import type { EntryData } from '../../platform/queue/queue';
import { newId } from '../../platform/uuid';
import type { ChunkTensor, ClaimedChunk, FinishedChunk, ItemResult, JobLedger, Lease } from '../../subgraphs/inference/worker.contract';

export interface ChunkRow {
  jobId: string;
  revisionId: string;
  status: 'QUEUED' | 'RUNNING' | 'FINISHED' | 'CANCELED';
  lease: number;
  workerId: string | null;
  /** Claims that made it RUNNING. */
  attempt: number;
  /** Results written; more than one would be a broken promise. */
  finishes: number;
  items: ChunkTensor[][];
  results: ItemResult[] | null;
  timing: FinishedChunk['timing'] | null;
  deadlineAt: Date | null;
  priority: number;
}

type Call = 'claim' | 'peek' | 'finish' | 'giveBack' | 'revoked';

/** `JobLedger` as the inference subgraph keeps it, in memory, for tests in which workers crash and Postgres goes away. */
export class MemoryLedger implements JobLedger {
  readonly rows = new Map<string, ChunkRow>();
  readonly calls: Record<Call, number> = { claim: 0, peek: 0, finish: 0, giveBack: 0, revoked: 0 };
  /** Rejected before the statement runs. */
  isAway = false;
  /** The next call of this kind is carried out, but its answer is lost. */
  losesAnswerOf: Call | null = null;
  /** Receives every entry that is enqueued, as a queue would. */
  enqueue: (entry: EntryData, revisionId: string) => void = () => undefined;

  submit(items: ChunkTensor[][], { revisionId = 'revision', deadlineAt = null as Date | null, priority = 0 } = {}): ChunkRow {
    const row: ChunkRow = {
      jobId: newId(), revisionId, status: 'QUEUED', lease: 1, workerId: null, attempt: 0, finishes: 0, items, results: null, timing: null, deadlineAt, priority,
    };
    this.rows.set(row.jobId, row);
    this.enqueue([{ jobId: row.jobId, chunk: 0, lease: 1 }], revisionId);
    return row;
  }

  cancel(row: ChunkRow): void {
    if (row.status !== 'FINISHED') row.status = 'CANCELED';
  }

  /** What the sweeper does to the leases of a worker that was declared gone. */
  takeAway(row: ChunkRow): void {
    Object.assign(row, { status: 'QUEUED', lease: row.lease + 1, workerId: null });
    this.enqueue([{ jobId: row.jobId, chunk: 0, lease: row.lease }], row.revisionId);
  }

  claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#answer('claim', () => leases.flatMap((lease) => {
      const row = this.#held(lease, 'QUEUED');
      if (!row || (row.deadlineAt && row.deadlineAt <= new Date())) return [];
      Object.assign(row, { status: 'RUNNING', workerId, attempt: row.attempt + 1 });
      return [toChunk(lease, row)];
    }));
  }

  peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#answer('peek', () => leases.flatMap((lease) => {
      const row = this.#held(lease, 'QUEUED');
      return !row || (row.deadlineAt && row.deadlineAt <= new Date()) ? [] : [toChunk(lease, row)];
    }));
  }

  finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    return this.#answer('finish', () => chunks.filter((chunk) => {
      const row = this.#held(chunk, 'RUNNING', workerId) ?? this.#held(chunk, 'QUEUED');
      if (row?.status === 'QUEUED') row.attempt += 1;
      if (row) Object.assign(row, { status: 'FINISHED', results: chunk.items, timing: chunk.timing, finishes: row.finishes + 1 });
      return !row;
    }));
  }

  async giveBack(workerId: string, leases: Lease[]): Promise<void> {
    await this.#answer('giveBack', () => {
      for (const lease of leases) {
        const row = this.#held(lease, 'QUEUED') ?? this.#held(lease, 'RUNNING', workerId);
        if (row) this.takeAway(row);
      }
    });
  }

  revoked(workerId: string, leases: Lease[]): Promise<Lease[]> {
    return this.#answer('revoked', () => leases.filter((lease) => !this.#held(lease, 'RUNNING', workerId)));
  }

  #held(lease: Lease, status: ChunkRow['status'], workerId?: string): ChunkRow | null {
    const row = this.rows.get(lease.jobId);
    const isHeld = row?.status === status && row.lease === lease.lease && (workerId === undefined || row.workerId === workerId);
    return isHeld ? row : null;
  }

  async #answer<T>(call: Call, statement: () => T): Promise<T> {
    this.calls[call] += 1;
    await new Promise(setImmediate);
    if (this.isAway) throw new PlatformError('UNAVAILABLE', 'Postgres is away.');
    const answer = statement();
    if (this.losesAnswerOf !== call) return answer;
    this.losesAnswerOf = null;
    throw new PlatformError('UNAVAILABLE', 'The connection broke.');
  }
}

function toChunk(lease: Lease, { revisionId, items, deadlineAt, priority }: ChunkRow): ClaimedChunk {
  return {
    ...lease, revisionId, deploymentId: 'deployment', namespace: 'default', queuedMs: 0, firstItem: 0, items, outputs: null, deadlineAt, priority,
    remainingItems: items.length,
  };
}
