import { INLINE_MAX_BYTES } from '../../../platform/tensor/inline-tensor';
import type { Signature } from '../../../platform/tensor/tensor';
import type { JobLedgerService } from '../ledger/job-ledger.service';
import type { ServingTarget } from '../submit/serving-directory';
import type { SubmitRecord } from '../submit/submit.statement';
import { readTensors } from '../tensor/read-tensors';
import type { TensorBlobStore } from '../tensor/tensor-blob.store';
import type { ChunkTensor, Lease, TensorBlobs, WorkRecorder } from '../worker.contract';
import type { JobFlights } from './job-flights';
import type { JobWaiter } from './job-waiter';
import { inAskedOrder } from './output-order';
import { resultKey } from './result-key';
import type { KeptResult, ResultStore } from './result.store';
import type { ReusedFrom } from './served-from';

/** What can be reused of a job that is about to be written. */
export interface ReusePlan {
  /** Of each item. */
  keys: readonly string[];
  /** Whether an item's result is kept, or being computed for another job. */
  isAnswered: readonly boolean[];
  /** Nothing of it needs a worker. */
  isWhole: boolean;
  ttlMs: number;
  maxBytes: number;
}

/** A chunk of a job that is written and not enqueued. */
export interface ReusableChunk extends Lease {
  revisionId: string;
  deploymentId: string;
  namespace: string;
  priority: number;
  outputs: string[] | null;
  signature: Signature;
  /** Of its items. */
  keys: readonly string[];
}

export interface ReusedJobsParts {
  results: ResultStore;
  flights: JobFlights;
  waiter: JobWaiter;
  ledger: Pick<JobLedgerService, 'finishReused'>;
  blobs: Pick<TensorBlobStore, 'keep'>;
  tensors: TensorBlobs;
  tensorTtlMs: number;
  recorder: WorkRecorder;
}

/**
 * Jobs of deployments that use results again. They are rows as any other: written QUEUED, and finished from what is kept by the statement that finishes all
 * chunks. Should this process end in between, the sweeper enqueues them and a worker computes them.
 */
export class ReusedJobs {
  constructor(private readonly parts: ReusedJobsParts) {}

  /** Reads blobs, which must have been found to be the namespace's. @throws TENSOR_NOT_FOUND when one is gone */
  async plan(target: ServingTarget, items: readonly ChunkTensor[][], { outputs, priority }: { outputs: string[] | null; priority: number }): Promise<ReusePlan> {
    const { results, flights, tensors } = this.parts;
    const { ttlMs, maxBytes } = target.resultReuse!;
    const keys: string[] = [];
    // One after the other: blobs of all items at a time may not fit into memory.
    for (const item of items) keys.push(resultKey(target, { inputs: await readTensors(item, tensors), outputs }));
    const isKept = await results.has(keys.map((key) => ({ revisionId: target.revision!.id, key })));
    const isAnswered = keys.map((key, index) => isKept[index]! || flights.leaderOf(key, priority) !== null);
    return { keys, isAnswered, isWhole: isKept.every(Boolean), ttlMs, maxBytes };
  }

  /** Finishes what is kept, lets wait what is being computed, and resolves with the chunks that a worker has to compute. */
  async serve({ revision, deploymentId, namespace }: ServingTarget, record: SubmitRecord, plan: ReusePlan): Promise<SubmitRecord['chunks']> {
    const { id: jobId, priority, outputs } = record;
    const left: SubmitRecord['chunks'] = [];
    for (const chunk of record.chunks) {
      const [from, to] = [chunk.firstItem, chunk.firstItem + chunk.itemCount];
      const reusable: ReusableChunk = {
        jobId, chunk: chunk.chunk, lease: 1, revisionId: revision!.id, deploymentId, namespace, priority, outputs, signature: revision!.signature, keys: plan.keys.slice(from, to),
      };
      if (!plan.isAnswered.slice(from, to).every(Boolean)) {
        this.lead(reusable);
        left.push(chunk);
      } else if (!await this.finishKept(reusable, 'CACHE')) this.parts.waiter.follow(reusable, this);
    }
    return left;
  }

  /** From now on others wait for it. */
  lead({ keys, jobId, priority }: ReusableChunk): void {
    for (const key of keys) this.parts.flights.lead(key, { jobId, priority });
  }

  /** False where a result is not kept, or not whole. */
  async finishKept(chunk: ReusableChunk, servedFrom: ReusedFrom): Promise<boolean> {
    const { results, recorder, ledger } = this.parts;
    const kept = await Promise.all(chunk.keys.map((key) => results.find({ revisionId: chunk.revisionId, key })));
    if (!isWhole(kept) || !await this.#keepBlobs(chunk.namespace, kept)) return false;
    const items = await Promise.all(kept.map(async ({ outputs }, index) => ({ outputs: await this.#place(chunk, index, outputs) })));
    const savedMs = kept.reduce((sum, { computeMs }) => sum + computeMs, 0);
    if (!await ledger.finishReused({ ...chunk, items, servedFrom, savedMs })) return true;
    const { deploymentId } = chunk;
    recorder.finished({ deploymentId, lane: 'queued', items: items.length, errors: [], latencyMs: 0, timing: null });
    recorder.reused(deploymentId, { lane: 'queued', servedFrom, items: items.length });
    recorder.saved(deploymentId, 'REUSED', savedMs);
    return true;
  }

  /** The jobs share them: each keeps them for as long as if they were its own. */
  async #keepBlobs(namespace: string, kept: readonly KeptResult[]): Promise<boolean> {
    const ids = new Set(kept.flatMap(({ outputs }) => outputs.flatMap((tensor) => ('blob' in tensor ? [tensor.blob] : []))));
    return ids.size === 0 || (await this.parts.blobs.keep(namespace, [...ids], this.parts.tensorTtlMs)).length === ids.size;
  }

  /** As a worker places outputs: large ones beside the row. A direct call has kept them in one piece. */
  #place(chunk: ReusableChunk, item: number, outputs: readonly ChunkTensor[]): Promise<ChunkTensor[]> {
    return Promise.all(inAskedOrder(chunk.signature, chunk.outputs, outputs).map(async (tensor) => {
      if (!('data' in tensor) || tensor.data.byteLength <= INLINE_MAX_BYTES) return tensor;
      const { name, datatype, shape } = tensor;
      return { name, datatype, shape, blob: await this.parts.tensors.write(chunk, item, tensor) };
    }));
  }
}

function isWhole(kept: readonly (KeptResult | null)[]): kept is KeptResult[] {
  return kept.every((result) => result !== null);
}
