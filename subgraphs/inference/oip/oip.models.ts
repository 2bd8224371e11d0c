import { roleIn, visibleNamespaces, type RequestScope } from '../../../platform/caller';
import type { TensorSpec } from '../../../platform/tensor/tensor';
import type { DirectService } from '../direct/direct.service';
import type { CallStatistics, DirectStatistics, Tally } from '../direct/direct.statistics';
import type { ServingDirectory, ServingTarget } from '../submit/serving-directory';
import type { Deployed, ServedVersions } from './served-versions';

export interface OipModelsParts {
  direct: DirectService;
  deployments: ServingDirectory;
  versions: ServedVersions;
  statistics: DirectStatistics;
}

export interface ModelPath {
  model: string;
  version: string | null;
}

/** What the protocol tells about models, which are deployments. */
export class OipModels {
  constructor(private readonly parts: OipModelsParts) {}

  /** @throws DEPLOYMENT_NOT_FOUND, DEPLOYMENT_NOT_READY, VERSION_NOT_FOUND, ALIAS_NOT_FOUND */
  async metadata(scope: RequestScope, path: ModelPath): Promise<object> {
    const { target, number } = await this.#find(scope, path);
    const { inputs, outputs } = target.revision.signature;
    return { name: target.fullName, versions: [String(number)], platform: 'onnxruntime_onnx', inputs: inputs.map(describe), outputs: outputs.map(describe) };
  }

  /** Whether a call would find a replica. @throws DEPLOYMENT_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND */
  async readiness(scope: RequestScope, { model, version }: ModelPath): Promise<{ name: string; ready: boolean }> {
    const target = await this.parts.direct.find(scope, model, 'VIEWER');
    if (isDeployed(target)) await this.parts.versions.require(target, version);
    return { name: target.fullName, ready: isDeployed(target) && target.replicas.length > 0 };
  }

  /** In the form of Triton's statistics extension; what the direct lane did, through this process since it began. */
  async statistics(scope: RequestScope, path: ModelPath | null): Promise<object> {
    if (path) {
      const { target, number } = await this.#find(scope, path);
      return { model_stats: [this.#statisticsOf(target, number)] };
    }
    const targets = (await this.#visible(scope)).filter(isDeployed);
    const numbers = await this.parts.versions.numbersOf(targets.map(({ revision }) => revision.modelVersionId));
    return { model_stats: targets.map((target) => this.#statisticsOf(target, numbers.get(target.revision.modelVersionId)!)) };
  }

  /** In the form of Triton's model repository extension. */
  async index(scope: RequestScope, { isReadyOnly }: { isReadyOnly: boolean }): Promise<object[]> {
    const targets = await this.#visible(scope);
    const numbers = await this.parts.versions.numbersOf(targets.filter(isDeployed).map(({ revision }) => revision.modelVersionId));
    return targets.filter(({ replicas }) => !isReadyOnly || replicas.length > 0).map(({ fullName, revision, replicas, status }) => ({
      name: fullName, version: revision ? String(numbers.get(revision.modelVersionId)) : '',
      state: replicas.length > 0 ? 'READY' : 'UNAVAILABLE', reason: replicas.length > 0 ? '' : `the deployment is ${status}`,
    }));
  }

  async #visible({ caller }: RequestScope): Promise<ServingTarget[]> {
    const targets = await this.parts.deployments.servingTargets(visibleNamespaces(caller));
    return targets.filter(({ namespace }) => roleIn(caller, namespace) !== null);
  }

  async #find(scope: RequestScope, { model, version }: ModelPath): Promise<{ target: Deployed; number: number }> {
    const target = await this.parts.direct.deployed(scope, model);
    return { target, number: await this.parts.versions.require(target, version) };
  }

  #statisticsOf({ fullName, revision }: Deployed, number: number): object {
    return { name: fullName, version: String(number), ...toTriton(this.parts.statistics.of(revision.id)) };
  }
}

function isDeployed(target: ServingTarget): target is Deployed {
  return target.revision !== null;
}

/** −1 is an open dimension. */
function describe({ name, datatype, shape }: TensorSpec): object {
  return { name, datatype, shape: shape.map(({ size }) => size ?? -1) };
}

const NONE = { count: 0, ns: 0 };

/** Reading inputs and writing outputs is measured with the run: their own times are zero. */
function toTriton(statistics: CallStatistics | null): object {
  if (!statistics) return { last_inference: 0, inference_count: 0, execution_count: 0, inference_stats: inferenceStats(null), batch_stats: [] };
  const { lastAt, inferenceCount, executionCount, byBatchSize } = statistics;
  return {
    last_inference: lastAt.getTime(), inference_count: inferenceCount, execution_count: Math.round(executionCount), inference_stats: inferenceStats(statistics),
    batch_stats: [...byBatchSize].sort(([one], [other]) => one - other).map(([size, { count, ms }]) => {
      const runs = Math.round(count / size);
      return { batch_size: size, compute_input: { count: runs, ns: 0 }, compute_infer: { count: runs, ns: toNs(ms / size) }, compute_output: { count: runs, ns: 0 } };
    }),
  };
}

function inferenceStats(statistics: CallStatistics | null): object {
  const count = statistics ? statistics.succeeded.count - statistics.reused.count : 0;
  return {
    success: durationOf(statistics?.succeeded), fail: durationOf(statistics?.failed), queue: durationOf(statistics?.queued),
    compute_input: { count, ns: 0 }, compute_infer: durationOf(statistics?.computed), compute_output: { count, ns: 0 }, cache_hit: durationOf(statistics?.reused), cache_miss: NONE,
  };
}

function durationOf(tally: Tally | undefined): { count: number; ns: number } {
  return tally ? { count: tally.count, ns: toNs(tally.ms) } : NONE;
}

function toNs(ms: number): number {
  return Math.round(ms * 1_000_000);
}
