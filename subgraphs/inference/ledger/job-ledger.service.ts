import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database, Statement } from '../../../platform/database/database';
import type { ErrorCode } from '../../../platform/errors';
import { packFrame, unpackFrame } from '../../../platform/tensor/frame';
import type { ChunkTensor, ClaimedChunk, FinishedChunk, JobLedger, Lease } from '../worker.contract';
import type { ChunkEnqueuer } from './chunk-enqueuer';
import { claimStatement, type ClaimedRow } from './claim.statement';
import { finishStatement, type ChunkResult, type ItemError } from './finish.statement';
import { giveBackStatement, type GivenBackRow } from './give-back.statement';
import { LEASES_MAX } from './leases.sql';
import { peekStatement, type PeekedRow } from './peek.statement';
import { revokedStatement } from './revoked.statement';

/**
 * The rows of the job lifecycle, as workers move them. Each change is a compare-and-set on status, lease and worker: who lost its lease changes
 * nothing. Workers gather what comes together (`ClaimBatcher`, `FinishBatcher`); here a call is a statement, or few.
 */
export class JobLedgerService implements JobLedger {
  constructor(private readonly database: Database, private readonly bus: EventBus, private readonly enqueuer: ChunkEnqueuer) {}

  async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    const rows = await this.#inParts<Lease, ClaimedRow>(leases, (part) => claimStatement(workerId, part));
    this.#hint(rows.filter(({ hasStarted }) => hasStarted));
    return rows.map(toClaimedChunk);
  }

  async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return (await this.#inParts<Lease, PeekedRow>(leases, peekStatement)).map(toClaimedChunk);
  }

  async finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    const written = new Set((await this.#inParts<ChunkResult, Lease>(chunks.map(toResult), (part) => finishStatement(workerId, part))).map(keyOf));
    this.#hint(chunks.filter((chunk) => written.has(keyOf(chunk))));
    return chunks.filter((chunk) => !written.has(keyOf(chunk))).map(({ jobId, chunk, lease }) => ({ jobId, chunk, lease }));
  }

  async giveBack(workerId: string, leases: Lease[], reason: { code: ErrorCode; message: string }): Promise<void> {
    const rows = await this.#inParts<Lease, GivenBackRow>(leases, (part) => giveBackStatement(workerId, part, reason));
    this.#hint(rows);
    this.enqueuer.enqueueSoon(rows.filter(({ status }) => status === 'QUEUED'));
  }

  revoked(workerId: string, leases: Lease[]): Promise<Lease[]> {
    return this.#inParts<Lease, Lease>(leases, (part) => revokedStatement(workerId, part));
  }

  /** Waits for what is being enqueued; before the queue and the database close. */
  close(): Promise<void> {
    return this.enqueuer.close();
  }

  async #inParts<Item extends Lease, Row extends object>(items: readonly Item[], statementOf: (part: readonly Item[]) => Statement): Promise<Row[]> {
    const rows: Row[] = [];
    for (let start = 0; start < items.length; start += LEASES_MAX) {
      rows.push(...await this.database.query<Row>(statementOf(items.slice(start, start + LEASES_MAX))));
    }
    return rows;
  }

  #hint(rows: readonly { jobId: string }[]): void {
    for (const { jobId } of rows) this.bus.publish('job', jobId);
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
  return { jobId, chunk, lease, failedCount: errors.length, errors: errors.length > 0 ? errors : null, outputs, ...timing };
}
