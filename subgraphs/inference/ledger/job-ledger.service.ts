import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database, Statement } from '../../../platform/database/database';
import type { ErrorCode } from '../../../platform/errors';
import { packFrame, unpackFrame } from '../../../platform/tensor/frame';
import { newId } from '../../../platform/uuid';
import type { ResultStore } from '../reuse/result.store';
import type { ReusedFrom } from '../reuse/served-from';
import type { ChunkTensor, ClaimedChunk, FinishedChunk, JobLedger, Lease } from '../worker.contract';
import type { ChunkEnqueuer } from './chunk-enqueuer';
import { claimStatement, type ClaimedRow } from './claim.statement';
import { finishStatement, type ChunkResult, type FinishedRow, type ItemError } from './finish.statement';
import { giveBackStatement, type GivenBackRow } from './give-back.statement';
import { LEASES_MAX } from './leases.sql';
import { peekStatement, type PeekedRow } from './peek.statement';
import { revokedStatement } from './revoked.statement';

export interface JobLedgerParts {
  database: Database;
  bus: EventBus;
  enqueuer: ChunkEnqueuer;
  results: Pick<ResultStore, 'keep'>;
}

/** A chunk that is answered with the results of others. */
export interface ReusedChunk extends Lease {
  items: { outputs: ChunkTensor[] }[];
  servedFrom: ReusedFrom;
  /** What computing them took; milliseconds. */
  savedMs: number;
}

/**
 * The rows of the job lifecycle, as workers move them. Each change is a compare-and-set on status, lease and worker: who lost its lease changes
 * nothing. Workers gather what comes together (`ClaimBatcher`, `FinishBatcher`); here a call is a statement, or few.
 */
export class JobLedgerService implements JobLedger {
  /** Stands where a worker's id does for chunks that no worker had: never that of one. */
  readonly #reuserId = newId();

  constructor(private readonly parts: JobLedgerParts) {}

  async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    const rows = await this.#inParts<Lease, ClaimedRow>(leases, (part) => claimStatement(workerId, part));
    this.#hint(rows.filter(({ hasStarted }) => hasStarted));
    return rows.map(toClaimedChunk);
  }

  async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return (await this.#inParts<Lease, PeekedRow>(leases, peekStatement)).map(toClaimedChunk);
  }

  async finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    const rows = await this.#inParts<ChunkResult, FinishedRow>(chunks.map(toResult), (part) => finishStatement(workerId, part));
    const written = new Set(rows.map(keyOf));
    // Before the hint: who waits for a result looks for it then.
    if (rows.some(({ reuse }) => reuse !== null)) await this.#keepResults(rows, chunks);
    this.#hint(chunks.filter((chunk) => written.has(keyOf(chunk))));
    return chunks.filter((chunk) => !written.has(keyOf(chunk))).map(({ jobId, chunk, lease }) => ({ jobId, chunk, lease }));
  }

  /** Finishes a QUEUED chunk without a worker; false when it was canceled, expired or taken meanwhile. */
  async finishReused({ jobId, chunk, lease, items, servedFrom, savedMs }: ReusedChunk): Promise<boolean> {
    const rows = await this.parts.database.query<FinishedRow>(finishStatement(this.#reuserId, [{
      jobId, chunk, lease, failedCount: 0, errors: null, outputs: packFrame(items.map(({ outputs }) => outputs)),
      heldMs: 0, batchWaitMs: 0, computeMs: 0, batchSize: null, reused: { servedFrom, savedMs },
    }]));
    this.#hint(rows);
    return rows.length > 0;
  }

  async giveBack(workerId: string, leases: Lease[], reason: { code: ErrorCode; message: string }): Promise<void> {
    const rows = await this.#inParts<Lease, GivenBackRow>(leases, (part) => giveBackStatement(workerId, part, reason));
    this.#hint(rows);
    this.parts.enqueuer.enqueueSoon(rows.filter(({ status }) => status === 'QUEUED'));
  }

  revoked(workerId: string, leases: Lease[]): Promise<Lease[]> {
    return this.#inParts<Lease, Lease>(leases, (part) => revokedStatement(workerId, part));
  }

  /** Waits for what is being enqueued; before the queue and the database close. */
  close(): Promise<void> {
    return this.parts.enqueuer.close();
  }

  /** Of items that succeeded, under leases that matched: nothing that failed, was canceled or came too late is kept. */
  #keepResults(rows: readonly FinishedRow[], chunks: readonly FinishedChunk[]): Promise<void> {
    const byLease = new Map(chunks.map((chunk) => [keyOf(chunk), chunk]));
    return this.parts.results.keep(rows.flatMap(({ reuse, revisionId, deploymentId, ...lease }) => {
      const { items, timing } = byLease.get(keyOf(lease))!;
      return reuse === null ? [] : items.flatMap((item, position) => ('error' in item ? [] : [{
        revisionId, deploymentId, key: reuse.keys[position]!, outputs: item.outputs, computeMs: timing.ownComputeMs / items.length, ttlMs: reuse.ttlMs, maxBytes: reuse.maxBytes,
      }]));
    }));
  }

  async #inParts<Item extends Lease, Row extends object>(items: readonly Item[], statementOf: (part: readonly Item[]) => Statement): Promise<Row[]> {
    const rows: Row[] = [];
    for (let start = 0; start < items.length; start += LEASES_MAX) {
      rows.push(...await this.parts.database.query<Row>(statementOf(items.slice(start, start + LEASES_MAX))));
    }
    return rows;
  }

  #hint(rows: readonly { jobId: string }[]): void {
    for (const { jobId } of rows) this.parts.bus.publish('job', jobId);
  }
}

function keyOf({ jobId, chunk, lease }: Lease): string {
  return `${jobId}/${chunk}/${lease}`;
}

function toClaimedChunk(row: PeekedRow): ClaimedChunk {
  const { jobId, chunk, lease, revisionId, deploymentId, namespace, queuedMs, firstItem, inputs, outputs, deadlineAt, priority, remainingItems, traceparent } = row;
  // What submit packed holds tensors alone; error items occur in outputs.
  const items = unpackFrame(inputs) as ChunkTensor[][];
  return { jobId, chunk, lease, revisionId, deploymentId, namespace, queuedMs, firstItem, outputs, deadlineAt, priority, remainingItems, traceparent, items };
}

function toResult({ jobId, chunk, lease, items, timing }: FinishedChunk): ChunkResult {
  const errors = items.flatMap<ItemError>((item, position) => ('error' in item ? [{ item: position, ...item.error }] : []));
  const outputs = packFrame(items.map((item) => ('error' in item ? { error: item.error } : item.outputs)));
  return { jobId, chunk, lease, failedCount: errors.length, errors: errors.length > 0 ? errors : null, outputs, ...timing, reused: null };
}
