import { messageOf } from '../platform/errors';
import type { ChunkTensor, FinishedChunk, JobLedger } from '../subgraphs/inference/worker.contract';
import { Coalescer } from './coalescer';
import { leaseKey } from './lease';
import { untilAnswered, type PersistenceSettings } from './persistence';

interface FinishBatcherParts extends PersistenceSettings {
  ledger: Pick<JobLedger, 'finish' | 'giveBack'>;
  workerId: string;
}

/** What the ledger takes in one statement. */
const MAX_CHUNKS = 64;
const MAX_CALL_BYTES = 16 * 1024 * 1024;

/** WRITTEN; STALE: the lease was taken away and the result is void; RETURNED: it could not be written and the chunk was given back. */
export type FinishOutcome = 'WRITTEN' | 'STALE' | 'RETURNED';

/** Results of all replicas of the process that come together are one statement, repeated until it is answered: a result is never lost. */
export class FinishBatcher {
  readonly #finishes: Coalescer<FinishedChunk, FinishOutcome>;

  constructor(private readonly parts: FinishBatcherParts) {
    const settings = { maxKeys: MAX_CHUNKS, lanes: 2, weigh: inlineBytes, maxWeight: MAX_CALL_BYTES };
    this.#finishes = new Coalescer((chunks) => this.#finishAll(chunks), settings);
  }

  finish(chunk: FinishedChunk): Promise<FinishOutcome> {
    return this.#finishes.load(chunk);
  }

  async #finishAll(chunks: FinishedChunk[]): Promise<FinishOutcome[]> {
    try {
      return await this.#write(chunks);
    } catch (error) {
      if (this.parts.signal.aborted) throw error;
      const outcomes: FinishOutcome[] = [];
      for (const chunk of chunks) outcomes.push(await this.#finishAlone(chunk, error));
      return outcomes;
    }
  }

  async #write(chunks: FinishedChunk[]): Promise<FinishOutcome[]> {
    const { ledger, workerId } = this.parts;
    const stale = await untilAnswered('finish', () => ledger.finish(workerId, chunks), this.parts);
    const staleKeys = new Set(stale.map(leaseKey));
    return chunks.map((chunk) => (staleKeys.has(leaseKey(chunk)) ? 'STALE' : 'WRITTEN'));
  }

  /** The statement was refused for what one chunk holds: that one goes back and ends after its last attempt, the others are written. */
  async #finishAlone(chunk: FinishedChunk, cause: unknown): Promise<FinishOutcome> {
    const { ledger, workerId, signal, log } = this.parts;
    try {
      return (await this.#write([chunk]))[0]!;
    } catch (error) {
      if (signal.aborted) throw error;
      log.error({ jobId: chunk.jobId, chunk: chunk.chunk, err: error, cause: messageOf(cause) }, 'result refused, chunk given back');
      const reason = { code: 'INTERNAL_SERVER_ERROR', message: 'The result could not be written.' } as const;
      await untilAnswered('giveBack', () => ledger.giveBack(workerId, [chunk], reason), this.parts);
      return 'RETURNED';
    }
  }
}

function inlineBytes({ items }: FinishedChunk): number {
  let bytes = 0;
  for (const item of items) if ('outputs' in item) for (const tensor of item.outputs) bytes += sizeOf(tensor);
  return bytes;
}

function sizeOf(tensor: ChunkTensor): number {
  return 'data' in tensor ? tensor.data.byteLength : 0;
}
