import { roleIn, requireRole, type RequestScope } from '../../../platform/caller';
import { isKeepableText } from '../../../platform/database/keepable-text';
import { PlatformError } from '../../../platform/errors';
import { sampledTraceparent } from '../../../platform/trace/traceparent';
import { packFrame } from '../../../platform/tensor/frame';
import { checkOutputs } from '../../../platform/tensor/signature-check';
import { instantOf, newId } from '../../../platform/uuid';
import type { RevisionSpec } from '../../deployment/worker.contract';
import type { ChunkEnqueuer } from '../ledger/chunk-enqueuer';
import type { ChunkTensor } from '../worker.contract';
import type { Job } from '../job/job';
import type { ReusedJobs, ReusePlan } from '../reuse/reused-jobs';
import { acceptedJob } from './accepted-job';
import { BlobCheck } from './blob-check';
import { planChunks } from './chunking';
import { bodyDigest, type IdempotencyKeys, type KeyOwner } from './idempotency';
import { readItem, type ItemRequest } from './item-check';
import type { ServingDirectory, ServingTarget } from './serving-directory';
import type { Admission } from './admission';
import { checkRange, DEADLINE_MAX_MS, ITEMS_MAX, PRIORITY_MAX } from './submit.range';
import type { SubmitRecord } from './submit.statement';
import type { SubmitWriter } from './submit.writer';

export interface SubmitRequest {
  deployment: string;
  items: ItemRequest[];
  outputs?: string[] | null;
  priority?: number | null;
  deadlineMs?: number | null;
  idempotencyKey?: string | null;
}

export interface SubmitParts {
  deployments: ServingDirectory;
  keys: IdempotencyKeys;
  blobs: BlobCheck;
  writer: SubmitWriter;
  admission: Admission;
  enqueuer: ChunkEnqueuer;
  reuse: ReusedJobs;
}

const KEY_MAX_LENGTH = 255;
/** A chunk is weighed with the room that a tensor's description takes beside its data. */
const TENSOR_HEADER_BYTES = 96;

/** Takes inference jobs: what it has answered is in the database, and the sweeper enqueues what the queue could not take. */
export class SubmitService {
  constructor(private readonly parts: SubmitParts) {}

  /** Resolves with the id of the job, new or made earlier by the same idempotency key. */
  async submit(scope: RequestScope, request: SubmitRequest): Promise<string> {
    return (await this.accept(scope, request)).id;
  }

  /** As `submit`, with the job as it was written; null where an earlier submit made it. */
  async accept(scope: RequestScope, request: SubmitRequest): Promise<{ id: string; job: Job | null }> {
    checkRequest(request);
    const target = await this.#target(scope, request.deployment);
    const { idempotencyKey: key = null, ...body } = request;
    const bodySha256 = key === null ? null : bodyDigest(body);
    const owner = { namespace: target.namespace, principalId: scope.caller.principalId, key: key ?? '' };
    const existing = bodySha256 === null ? null : await this.parts.keys.find(owner, bodySha256);
    if (existing) return { id: existing, job: null };
    const items = this.#readItems(target, request);
    await this.parts.blobs.keep(target.namespace, items);
    const reuse = target.resultReuse ? await this.parts.reuse.plan(target, items, { outputs: request.outputs ?? null, priority: request.priority ?? 0 }) : null;
    const record = toRecord({ scope, request, target, items, bodySha256, reuse });
    if (!reuse?.isWhole) await this.parts.admission.check(target, record);
    const outcome = await this.parts.writer.write(record);
    if (outcome.verdict !== 'WRITTEN') return { id: await this.#earlier(owner, bodySha256) ?? this.parts.admission.refuse(target, record, outcome), job: null };
    if (!reuse) {
      this.#enqueue(target, record, record.chunks);
      return { id: record.id, job: acceptedJob(record) };
    }
    const left = await this.parts.reuse.serve(target, record, reuse);
    this.#enqueue(target, record, left);
    // What was finished at once is not as it was written any more.
    return { id: record.id, job: left.length === record.chunks.length ? acceptedJob(record) : null };
  }

  #enqueue(target: ServingTarget, { id: jobId, revisionId, priority }: SubmitRecord, chunks: SubmitRecord['chunks']): void {
    const predictedMs = (itemCount: number) => (target.itemMs === null ? null : target.itemMs * itemCount);
    this.parts.enqueuer.enqueueSoon(chunks.map(({ chunk, itemCount }) => ({ jobId, chunk, lease: 1, revisionId, priority, predictedMs: predictedMs(itemCount) })));
  }

  /** The job that another submit with this key has made meanwhile. */
  async #earlier(owner: KeyOwner, bodySha256: string | null): Promise<string | null> {
    return bodySha256 === null ? null : this.parts.keys.find(owner, bodySha256);
  }

  async #target({ caller }: RequestScope, deployment: string): Promise<ServingTarget> {
    const target = await this.parts.deployments.servingTarget(deployment);
    if (!target || roleIn(caller, target.namespace) === null) {
      throw new PlatformError('DEPLOYMENT_NOT_FOUND', `There is no deployment "${deployment.slice(0, 140)}"; its full name, such as default/ocr, was expected.`);
    }
    requireRole(caller, target.namespace, 'CALLER');
    return target;
  }

  #readItems({ fullName, status, revision }: ServingTarget, { items, outputs }: SubmitRequest): ChunkTensor[][] {
    if (!revision) throw new PlatformError('DEPLOYMENT_NOT_READY', `Deployment "${fullName}" is ${status} and has no revision that is ready to serve; try again once it is READY.`, { status });
    checkOutputs(revision.signature, outputs ?? null);
    return items.map((item, index) => readItem(revision.signature, item, index));
  }
}

function checkRequest({ items, outputs, priority, deadlineMs, idempotencyKey: key }: SubmitRequest): void {
  checkRange('items', items.length, { min: 1, max: ITEMS_MAX });
  if (outputs && outputs.length === 0) throw new PlatformError('BAD_USER_INPUT', 'outputs was expected to name at least one output; leave it out for all of them.');
  checkRange('priority', priority ?? 0, { min: 0, max: PRIORITY_MAX });
  checkRange('deadlineMs', deadlineMs ?? 1, { min: 1, max: DEADLINE_MAX_MS });
  // Submits share a statement: text that Postgres cannot keep would fail the others with it.
  if (key != null && (key.length === 0 || key.length > KEY_MAX_LENGTH || !isKeepableText(key))) {
    throw new PlatformError('BAD_USER_INPUT', `idempotencyKey was expected to have 1 to ${KEY_MAX_LENGTH} characters of well-formed Unicode, none of them NUL.`);
  }
}

interface Accepted {
  scope: RequestScope;
  request: SubmitRequest;
  target: ServingTarget;
  items: ChunkTensor[][];
  bodySha256: string | null;
  reuse: ReusePlan | null;
}

const NO_LIMITS = { maxQueue: null, maxInFlight: null };

/** What needs no worker fills no queue. */
function toRecord({ scope, request, target, items, bodySha256, reuse }: Accepted): SubmitRecord {
  const id = newId();
  const revision = target.revision as RevisionSpec;
  return {
    id, requestId: scope.requestId, namespace: target.namespace, deploymentId: target.deploymentId, revisionId: revision.id, modelVersionId: revision.modelVersionId,
    priority: request.priority ?? 0, itemCount: items.length, outputs: request.outputs ?? null, deadlineMs: request.deadlineMs ?? target.admission.deadlineMs, limits: reuse?.isWhole ? NO_LIMITS : target.admission,
    hasBlobs: items.some((tensors) => tensors.some((tensor) => 'blob' in tensor)),
    createdBy: scope.caller.principalId, createdAt: instantOf(id), idempotencyKey: request.idempotencyKey ?? null, bodySha256, traceparent: sampledTraceparent(scope.trace),
    chunks: planChunks(items.map(sizeOf), reuse?.isAnswered).map((plan) => {
      const [from, to] = [plan.firstItem, plan.firstItem + plan.itemCount];
      return { ...plan, inputs: packFrame(items.slice(from, to)), reuse: reuse && { keys: reuse.keys.slice(from, to), ttlMs: reuse.ttlMs, maxBytes: reuse.maxBytes } };
    }),
  };
}

function sizeOf(tensors: readonly ChunkTensor[]): number {
  return tensors.reduce((size, tensor) => size + TENSOR_HEADER_BYTES + ('data' in tensor ? tensor.data.byteLength : 0), 0);
}
