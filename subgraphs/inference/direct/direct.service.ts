import { requireRole, roleIn, type RequestScope, type Role } from '../../../platform/caller';
import type { DirectTiming } from '../../../platform/direct/message';
import { PlatformError } from '../../../platform/errors';
import { packFrame } from '../../../platform/tensor/frame';
import { checkInputs, checkOutputs } from '../../../platform/tensor/signature-check';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { RevisionSpec } from '../../deployment/worker.contract';
import type { ServingDirectory, ServingTarget } from '../submit/serving-directory';
import { callDeadline, type CallDeadline } from './call-deadline';
import type { DirectStatistics } from './direct.statistics';
import { ReplicaChoice } from './replica-choice';
import { CallFailure, type DirectAnswer } from './worker.connection';
import type { WorkerConnections } from './worker.connections';

export interface DirectRequest {
  /** In raw form; their bytes must already fit their shapes. */
  inputs: RawTensor[];
  /** Null: all. */
  outputs: string[] | null;
  /** From now until the answer; null: the default. */
  timeoutMs: number | null;
}

/** A deployment with a live revision; to be called it needs a replica as well. */
export interface ReadyTarget extends ServingTarget {
  revision: RevisionSpec;
}

export interface DirectServiceParts {
  deployments: ServingDirectory;
  connections: WorkerConnections;
  choice: ReplicaChoice;
  statistics: DirectStatistics;
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
   * Runs the model once. A replica that could not start it is replaced by another; one that had is not, since the run may be what ended it.
   * @throws INPUT_MISSING and the other codes of `checkInputs` and `checkOutputs`; DEADLINE_EXCEEDED, INFERENCE_TIMEOUT when it took too long; UNAVAILABLE when no
   * replica could start it, WORKER_LOST when one disappeared with it; INFERENCE_FAILED, DEVICE_OUT_OF_MEMORY, RUNNER_CRASHED of the run itself
   */
  async infer(scope: RequestScope, target: ReadyTarget, { inputs, outputs, timeoutMs }: DirectRequest): Promise<DirectAnswer> {
    checkInputs(target.revision.signature, inputs);
    checkOutputs(target.revision.signature, outputs);
    const frame = packFrame([inputs]);
    const deadline = callDeadline(timeoutMs, scope.signal);
    const beganAt = performance.now();
    let timing: DirectTiming | null = null;
    try {
      const answer = await this.#onAny(target, { outputs, frame, deadline });
      ({ timing } = answer);
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      throw deadline.isOver ? deadline.error(error.hasStarted) : error.error;
    } finally {
      deadline.clear();
      this.parts.statistics.observe(target.revision.id, { rows: rowsOf(target.revision, inputs), elapsedMs: performance.now() - beganAt, timing });
    }
  }

  async #onAny({ namespace, replicas }: ReadyTarget, { outputs, frame, deadline }: { outputs: string[] | null; frame: Uint8Array; deadline: CallDeadline }): Promise<DirectAnswer> {
    const { choice, connections } = this.parts;
    const untried = new Set(replicas);
    for (;;) {
      const replica = choice.pick([...untried])!;
      untried.delete(replica);
      try {
        return await choice.during(replica.id, async () => {
          const connection = await connections.to(replica.address);
          return connection.call({ replicaId: replica.id, namespace, outputs, withinMs: deadline.leftMs }, frame, deadline.signal);
        });
      } catch (error) {
        const isOthers = error instanceof CallFailure && !error.hasStarted && error.error.code === 'UNAVAILABLE';
        if (!isOthers || untried.size === 0) throw error;
      }
    }
  }
}

function isDeployed(target: ServingTarget): target is ReadyTarget {
  return target.revision !== null;
}

/** Dimension 0 counts calls only where the revision batches along it. */
function rowsOf({ maxBatchSize, signature }: RevisionSpec, inputs: readonly RawTensor[]): number {
  const isBatched = maxBatchSize === null ? signature.inputs.every(({ shape }) => shape[0]?.size === null) : maxBatchSize > 1;
  return isBatched ? inputs[0]?.shape[0] ?? 1 : 1;
}
