import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import type { ErrorCode } from '../platform/errors';
import { parseTraceparent } from '../platform/trace/traceparent';
import type { Tracing } from '../platform/trace/tracing';
import type { ClaimedChunk, FinishedChunk, JobLedger, Lease } from '../subgraphs/inference/worker.contract';
import { leaseKey } from './lease';

/** Chunks of a worker that was declared gone are never heard of again; beyond so many the oldest spans end. */
const MAX_OPEN = 10_000;

/**
 * A span for each chunk of a traced job, from when the worker takes it until its result is written: part of the trace that submitted the job.
 * It stands around the ledger, so that a worker without tracing has nothing of it in its way.
 */
export class TracedLedger implements JobLedger {
  readonly #open = new Map<string, Span>();

  constructor(private readonly ledger: JobLedger, private readonly tracing: Tracing) {}

  async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#begin(await this.ledger.claim(workerId, leases));
  }

  async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#begin(await this.ledger.peek(leases));
  }

  async finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    const stale = await this.ledger.finish(workerId, chunks);
    const lost = new Set(stale.map(leaseKey));
    for (const chunk of chunks) this.#end(chunk, (span) => describe(span, chunk, lost.has(leaseKey(chunk))));
    return stale;
  }

  async giveBack(workerId: string, leases: Lease[], reason: { code: ErrorCode; message: string }): Promise<void> {
    await this.ledger.giveBack(workerId, leases, reason);
    for (const lease of leases) this.#end(lease, (span) => fail(span, reason.code));
  }

  async revoked(workerId: string, leases: Lease[]): Promise<Lease[]> {
    const revoked = await this.ledger.revoked(workerId, leases);
    for (const lease of revoked) this.#end(lease, (span) => fail(span, 'JOB_CANCELED'));
    return revoked;
  }

  /** A chunk that was read first and is claimed later has its span already. */
  #begin(chunks: ClaimedChunk[]): ClaimedChunk[] {
    for (const chunk of chunks) {
      const key = leaseKey(chunk);
      const parent = parseTraceparent(chunk.traceparent);
      if (parent && !this.#open.has(key)) this.#open.set(key, this.#spanOf(chunk, parent));
    }
    while (this.#open.size > MAX_OPEN) this.#endOldest();
    return chunks;
  }

  #spanOf({ jobId, chunk, lease, revisionId, items }: ClaimedChunk, parent: NonNullable<ReturnType<typeof parseTraceparent>>): Span {
    return this.tracing.start('run chunk', { kind: SpanKind.CONSUMER, parent, attributes: {
      'modelgraph.job.id': jobId, 'modelgraph.chunk': chunk, 'modelgraph.lease': lease, 'modelgraph.revision.id': revisionId, 'modelgraph.items': items.length,
    } });
  }

  #end(lease: Lease, tell: (span: Span) => void): void {
    const key = leaseKey(lease);
    const span = this.#open.get(key);
    if (!span) return;
    this.#open.delete(key);
    tell(span);
    span.end();
  }

  #endOldest(): void {
    const [key, span] = this.#open.entries().next().value!;
    this.#open.delete(key);
    fail(span, 'WORKER_LOST');
    span.end();
  }
}

function describe(span: Span, { items, timing }: FinishedChunk, isLost: boolean): void {
  const { batchWaitMs, computeMs, batchSize } = timing;
  span.setAttributes({ 'modelgraph.batch_wait_ms': batchWaitMs, 'modelgraph.compute_ms': computeMs, 'modelgraph.batch_size': batchSize });
  const failed = items.find((item) => 'error' in item);
  if (isLost) fail(span, 'WORKER_LOST');
  else if (failed && 'error' in failed) fail(span, failed.error.code);
}

/** By its code alone: a runtime's message may hold what a client sent. */
function fail(span: Span, code: ErrorCode): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
