import type { EventBus } from '../../../platform/bus/event-bus';
import { Coalescer } from '../../../platform/coalescer';
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

interface Call<Item extends Lease> {
  workerId: string;
  items: readonly Item[];
}

/** Calls of a worker that share a statement; two at a time keep Postgres busy while the next gather. */
const SHARED = { maxBatch: 64, maxInFlight: 2 };

/**
 * The rows of the job lifecycle, as workers move them. Each change is a compare-and-set on status, lease and worker: who lost its lease changes
 * nothing. Calls that arrive together share one statement.
 */
export class JobLedgerService implements JobLedger {
  readonly #claims = new Coalescer<Call<Lease>, ClaimedRow[]>({ ...SHARED, run: (calls) => this.#shared(calls, claimStatement) });
  readonly #finishes = new Coalescer<Call<ChunkResult>, Lease[]>({ ...SHARED, run: (calls) => this.#shared(calls, finishStatement) });

  constructor(private readonly database: Database, private readonly bus: EventBus, private readonly enqueuer: ChunkEnqueuer) {}

  async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    const rows = await this.#claims.add({ workerId, items: leases });
    this.#hint(rows.filter(({ hasStarted }) => hasStarted));
    return rows.map(toClaimedChunk);
  }

  async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return (await this.#inParts<Lease, PeekedRow>(leases, peekStatement)).map(toClaimedChunk);
  }

  async finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    const written = new Set((await this.#finishes.add({ workerId, items: chunks.map(toResult) })).map(keyOf));
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

  /** The calls of each worker in as few statements as possible, then each call's own rows. */
  async #shared<Item extends Lease, Row extends Lease>(
    calls: Call<Item>[], statementOf: (workerId: string, items: readonly Item[]) => Statement,
  ): Promise<Row[][]> {
    const rows = new Map<string, Row>();
    for (const workerId of new Set(calls.map((call) => call.workerId))) {
      const items = calls.filter((call) => call.workerId === workerId).flatMap((call) => call.items);
      for (const row of await this.#inParts<Item, Row>(items, (part) => statementOf(workerId, part))) rows.set(`${workerId}/${keyOf(row)}`, row);
    }
    // A row is handed out once: the same lease in two calls is won by one of them.
    return calls.map(({ workerId, items }) => items.flatMap((item) => {
      const key = `${workerId}/${keyOf(item)}`;
      const row = rows.get(key);
      rows.delete(key);
      return row ?? [];
    }));
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

function toClaimedChunk({ jobId, chunk, lease, revisionId, namespace, firstItem, inputs, outputs, deadlineAt }: PeekedRow): ClaimedChunk {
  // What submit packed holds tensors alone; error items occur in outputs.
  return { jobId, chunk, lease, revisionId, namespace, firstItem, outputs, deadlineAt, items: unpackFrame(inputs) as ChunkTensor[][] };
}

function toResult({ jobId, chunk, lease, items, timing }: FinishedChunk): ChunkResult {
  const errors = items.flatMap<ItemError>((item, position) => ('error' in item ? [{ item: position, ...item.error }] : []));
  const outputs = packFrame(items.map((item) => ('error' in item ? { error: item.error } : item.outputs)));
  return { jobId, chunk, lease, failedCount: errors.length, errors: errors.length > 0 ? errors : null, outputs, ...timing };
}
