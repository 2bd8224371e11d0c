import type { ErrorCode } from '../../platform/errors';
import type { ClaimedChunk, FinishedChunk, JobLedger, Lease, WorkRecorder } from '../../subgraphs/inference/worker.contract';
import { leaseKey } from '../lease';

interface Taken {
  deploymentId: string;
  queuedMs: number;
  /** On the clock of `performance.now()`. */
  takenAt: number;
}

/** Chunks whose deadline passed here, or whose worker was declared gone, are never heard of again; beyond so many the oldest are forgotten. */
const MAX_OPEN = 10_000;

/** Tells the recorder of every chunk whose result was written, with where its time went. It stands around the ledger and adds no statement. */
export class MeasuredLedger implements JobLedger {
  readonly #open = new Map<string, Taken>();

  constructor(private readonly ledger: JobLedger, private readonly recorder: WorkRecorder) {}

  async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#begin(await this.ledger.claim(workerId, leases));
  }

  async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return this.#begin(await this.ledger.peek(leases));
  }

  async finish(workerId: string, chunks: FinishedChunk[]): Promise<Lease[]> {
    const stale = await this.ledger.finish(workerId, chunks);
    const lost = stale.length === 0 ? null : new Set(stale.map(leaseKey));
    const now = performance.now();
    for (const chunk of chunks) {
      const key = leaseKey(chunk);
      const taken = this.#open.get(key);
      this.#open.delete(key);
      if (taken && !lost?.has(key)) this.#record(chunk, taken, now);
    }
    return stale;
  }

  async giveBack(workerId: string, leases: Lease[], reason: { code: ErrorCode; message: string }): Promise<void> {
    await this.ledger.giveBack(workerId, leases, reason);
    this.#forget(leases);
  }

  async revoked(workerId: string, leases: Lease[]): Promise<Lease[]> {
    const revoked = await this.ledger.revoked(workerId, leases);
    this.#forget(revoked);
    return revoked;
  }

  /** A chunk that was read first and is claimed later was taken when it was read. */
  #begin(chunks: ClaimedChunk[]): ClaimedChunk[] {
    const takenAt = performance.now();
    for (const chunk of chunks) {
      const key = leaseKey(chunk);
      if (!this.#open.has(key)) this.#open.set(key, { deploymentId: chunk.deploymentId, queuedMs: chunk.queuedMs, takenAt });
    }
    for (const key of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN) break;
      this.#open.delete(key);
    }
    return chunks;
  }

  #forget(leases: readonly Lease[]): void {
    for (const lease of leases) this.#open.delete(leaseKey(lease));
  }

  #record({ items, timing }: FinishedChunk, { deploymentId, queuedMs, takenAt }: Taken, now: number): void {
    const errors = items.flatMap((item) => ('error' in item ? [item.error.code] : []));
    const { batchWaitMs, computeMs, ownComputeMs, batchSize } = timing;
    this.recorder.finished({
      deploymentId, lane: 'queued', items: items.length, errors, latencyMs: queuedMs + now - takenAt,
      timing: { queuedMs, batchWaitMs, computeMs, ownComputeMs, batchSize },
    });
    const late = errors.filter((code) => code === 'DEADLINE_EXCEEDED').length;
    if (late > 0) this.recorder.dropped(deploymentId, 'DEADLINE_EXCEEDED', late);
  }
}
