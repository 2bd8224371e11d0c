import { Coalescer } from '../platform/coalescer';
import type { FinishedChunk, JobLedger } from '../subgraphs/inference/worker.contract';
import { leaseKey, leaseOf } from './lease';
import { untilAnswered, type PersistenceSettings } from './persistence';

interface FinishBatcherParts extends PersistenceSettings {
  ledger: Pick<JobLedger, 'finish' | 'giveBack'>;
  workerId: string;
}

/** What the ledger takes in one statement. */
const MAX_CHUNKS = 64;
/** A statement's parameters are in memory several times while it is sent. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;

/** WRITTEN; STALE: the lease was taken away and the result is void; RETURNED: it could not be written and the chunk was given back. */
export type FinishOutcome = 'WRITTEN' | 'STALE' | 'RETURNED';

/** Results of all replicas of the process that come together are one statement, repeated until it is answered: a result is never lost. */
export class FinishBatcher {
  readonly #finishes: Coalescer<FinishedChunk, FinishOutcome>;

  constructor(private readonly parts: FinishBatcherParts) {
    this.#finishes = new Coalescer({ maxBatch: MAX_CHUNKS, maxInFlight: 1, run: (chunks) => this.#writeAll(chunks) });
  }

  /** Rejects only when the trying was ended. */
  async finish(chunk: FinishedChunk): Promise<FinishOutcome> {
    try {
      return await this.#finishes.add(chunk);
    } catch (error) {
      if (this.parts.signal.aborted) throw error;
      return this.#giveBack(chunk, error);
    }
  }

  async #writeAll(chunks: FinishedChunk[]): Promise<FinishOutcome[]> {
    const outcomes: FinishOutcome[] = [];
    for (const part of partsBySize(chunks)) outcomes.push(...await this.#write(part));
    return outcomes;
  }

  async #write(chunks: FinishedChunk[]): Promise<FinishOutcome[]> {
    const { ledger, workerId } = this.parts;
    const stale = await untilAnswered('finish', () => ledger.finish(workerId, chunks), this.parts);
    const staleKeys = new Set(stale.map(leaseKey));
    return chunks.map((chunk) => (staleKeys.has(leaseKey(chunk)) ? 'STALE' : 'WRITTEN'));
  }

  /** The statement was refused for what this one chunk holds: it runs again until its last attempt, the others were written without it. */
  async #giveBack(chunk: FinishedChunk, error: unknown): Promise<FinishOutcome> {
    const { ledger, workerId, log } = this.parts;
    log.error({ jobId: chunk.jobId, chunk: chunk.chunk, err: error }, 'result refused, chunk given back');
    const reason = { code: 'INTERNAL_SERVER_ERROR', message: 'The result could not be written.' } as const;
    await untilAnswered('giveBack', () => ledger.giveBack(workerId, [leaseOf(chunk)], reason), this.parts);
    return 'RETURNED';
  }
}

function partsBySize(chunks: FinishedChunk[]): FinishedChunk[][] {
  const parts: FinishedChunk[][] = [];
  let bytes = Infinity;
  for (const chunk of chunks) {
    const chunkBytes = inlineBytes(chunk);
    if (bytes + chunkBytes > MAX_CALL_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(chunk);
    bytes += chunkBytes;
  }
  return parts;
}

function inlineBytes({ items }: FinishedChunk): number {
  const tensors = items.flatMap((item) => ('outputs' in item ? item.outputs : []));
  return tensors.reduce((bytes, tensor) => bytes + ('data' in tensor ? tensor.data.byteLength : 0), 0);
}
