import { requireRole, roleIn, type RequestScope, type Role } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { batchAxisOf, withoutBatchAxis } from '../../../platform/tensor/batch-axis';
import { packFrame } from '../../../platform/tensor/frame';
import { checkInputs, checkOutputs } from '../../../platform/tensor/signature-check';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { RevisionSpec } from '../../deployment/worker.contract';
import type { ReusedCalls, ServedAnswer } from '../reuse/reused-calls';
import type { ServingDirectory, ServingTarget } from '../submit/serving-directory';
import { callDeadline, TIMEOUT_MAX_MS, type CallDeadline } from './call-deadline';
import type { DirectLimits } from './direct.limits';
import type { DirectOutcomes } from './direct.outcomes';
import { ReplicaChoice } from './replica-choice';
import { CallFailure, type DirectAnswer } from './worker.connection';
import type { WorkerConnections } from './worker.connections';

export interface DirectRequest {
  /** In raw form; their bytes must already fit their shapes. */
  inputs: RawTensor[];
  /** Null: all. */
  outputs: string[] | null;
  /** From now until the answer; null: the deployment's deadline, or the default. */
  timeoutMs: number | null;
}

/** A deployment with a live revision; to be called it needs a replica as well. */
export interface ReadyTarget extends ServingTarget {
  revision: RevisionSpec;
}

interface SentCall {
  outputs: string[] | null;
  frame: Uint8Array;
  deadline: CallDeadline;
}

export interface DirectServiceParts {
  deployments: ServingDirectory;
  connections: WorkerConnections;
  choice: ReplicaChoice;
  limits: DirectLimits;
  outcomes: DirectOutcomes;
  reuse: ReusedCalls;
}

/** The lane for those who wait: from the caller to a worker and back, without a row, an event or a queue entry. */
export class DirectService {
  constructor(private readonly parts: DirectServiceParts) {}

  /**
   * The deployment as the caller may see it.
   * @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN
   */
  async find({ caller }: RequestScope, deployment: string, role: Role = 'CALLER'): Promise<ServingTarget> {
    const target = await this.parts.deployments.servingTarget(deployment);
    if (!target || roleIn(caller, target.namespace) === null) {
      throw new PlatformError('DEPLOYMENT_NOT_FOUND', `There is no deployment "${deployment.slice(0, 140)}"; its full name, such as default/ocr, was expected.`);
    }
    requireRole(caller, target.namespace, role);
    return target;
  }

  /** What it serves, whether or not a replica does so now; for any role. @throws DEPLOYMENT_NOT_FOUND, DEPLOYMENT_NOT_READY */
  async deployed(scope: RequestScope, deployment: string): Promise<ReadyTarget> {
    const target = await this.find(scope, deployment, 'VIEWER');
    if (isDeployed(target)) return target;
    throw new PlatformError('DEPLOYMENT_NOT_READY', `Deployment "${target.fullName}" is ${target.status} and has no live revision.`, { status: target.status });
  }

  /** @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, DEPLOYMENT_NOT_READY */
  async target(scope: RequestScope, deployment: string): Promise<ReadyTarget> {
    const target = await this.find(scope, deployment);
    if (isDeployed(target) && target.replicas.length > 0) return target;
    const { fullName, status } = target;
    throw new PlatformError('DEPLOYMENT_NOT_READY', `Deployment "${fullName}" is ${status} and has no replica that is ready to serve; try again once it is READY.`, { status });
  }

  /**
   * Runs the model once, or uses the result of an equal call where the deployment wants that. A replica that could not start it is replaced by another; one that had is not, since the run may be what ended it.
   * @throws INPUT_MISSING and the other codes of `checkInputs` and `checkOutputs`; QUEUE_FULL, DEADLINE_UNREACHABLE; DEADLINE_EXCEEDED, INFERENCE_TIMEOUT when it took too long; UNAVAILABLE when no
   * replica could start it, WORKER_LOST when one disappeared with it; INFERENCE_FAILED, DEVICE_OUT_OF_MEMORY, RUNNER_CRASHED of the run itself
   */
  async infer(scope: RequestScope, target: ReadyTarget, { inputs, outputs, timeoutMs }: DirectRequest): Promise<ServedAnswer> {
    checkInputs(target.revision.signature, inputs);
    checkOutputs(target.revision.signature, outputs);
    const { limits, outcomes, reuse } = this.parts;
    const deadlineMs = timeoutMs ?? ofDeployment(target);
    const deadline = callDeadline(deadlineMs, scope.signal);
    const beganAt = performance.now();
    const told = () => ({ rows: rowsOf(target.revision, inputs), elapsedMs: performance.now() - beganAt });
    try {
      const run = (): Promise<DirectAnswer> => limits.during(target, deadlineMs, () => this.#onAny(target, { outputs, frame: packFrame([inputs]), deadline }));
      const answer = target.resultReuse ? await reuse.answer(target, { inputs, outputs, signal: deadline.signal }, run) : computed(await run());
      outcomes.answered(target, { ...told(), ...answer });
      return answer;
    } catch (failure) {
      const error = failure instanceof CallFailure ? (deadline.isOver ? deadline.error(failure.hasStarted) : failure.error) : failure;
      outcomes.failed(target, { ...told(), error });
      throw error;
    } finally {
      deadline.clear();
    }
  }

  async #onAny({ namespace, replicas }: ReadyTarget, { outputs, frame, deadline }: SentCall): Promise<DirectAnswer> {
    const { choice, connections } = this.parts;
    const untried = new Set(replicas);
    for (;;) {
      const replica = choice.pick([...untried])!;
      untried.delete(replica);
      try {
        return await choice.during(replica.id, async () => {
          const connection = await connections.to(replica.address);
          return connection.call({ replicaId: replica.id, namespace, outputs, deadlineMs: deadline.leftMs }, frame, deadline.signal);
        });
      } catch (error) {
        const isOthers = error instanceof CallFailure && !error.hasStarted && error.error.code === 'UNAVAILABLE';
        if (!isOthers || untried.size === 0) throw error;
      }
    }
  }
}

function computed(answer: DirectAnswer): ServedAnswer {
  return { ...answer, servedFrom: 'COMPUTED', savedMs: 0 };
}

function isDeployed(target: ServingTarget): target is ReadyTarget {
  return target.revision !== null;
}

/** A call ends sooner than a job may. */
function ofDeployment({ admission: { deadlineMs } }: ServingTarget): number | null {
  return deadlineMs === null ? null : Math.min(deadlineMs, TIMEOUT_MAX_MS);
}

/** The batch dimension counts calls only where the revision batches along it. */
function rowsOf({ maxBatchSize, signature, batchDimension }: RevisionSpec, inputs: readonly RawTensor[]): number {
  const isBatched = maxBatchSize === null ? withoutBatchAxis({ ...signature, outputs: [] }, batchDimension) === null : maxBatchSize > 1;
  const [spec] = signature.inputs;
  const axis = spec && isBatched ? batchAxisOf(spec, batchDimension) : null;
  return axis === null || axis === undefined ? 1 : inputs.find(({ name }) => name === spec!.name)?.shape[axis] ?? 1;
}
