import DataLoader from 'dataloader';
import { requireRole, roleIn, type RequestScope } from '../../../platform/caller';
import { PlatformError, type ErrorCode } from '../../../platform/errors';
import type { Job } from '../job/job';
import { isFinal } from '../job/job.lifecycle';
import type { DeploymentLoad } from '../load/load.store';
import { computeMs, waitMs } from '../load/wait-prediction';
import type { RecentLoads } from '../load/recent-loads';
import type { MetricSums } from '../metrics/metric-row';
import { STEP_MS, type MetricStore } from '../metrics/metric.store';
import type { DeadlineTrials } from '../submit/deadline-trials';
import type { ServingDirectory, ServingTarget } from '../submit/serving-directory';
import { checkRange, DEADLINE_MAX_MS, ITEMS_MAX, PRIORITY_MAX } from '../submit/submit.range';
import { predictDuration, type Duration, type ItemTime } from './duration';
import type { EstimateBasis, EstimateInferenceInput, InferenceEstimate, JobEta } from './inference-estimate';
import { assumedTime, measuredItemMs, observedTime } from './item-time';
import type { QueuedJob, QueuePositionStore } from './queue-position.store';

export interface EstimateServiceParts {
  deployments: ServingDirectory;
  loads: RecentLoads;
  metrics: Pick<MetricStore, 'total'>;
  positions: Pick<QueuePositionStore, 'itemsAhead'>;
  trials: Pick<DeadlineTrials, 'isDue'>;
}

interface KnownTime {
  time: ItemTime;
  basis: EstimateBasis;
}

/** Older runs say less than what a worker tells of its pace. */
const RECENT_MS = 300_000;

/** Tells what inference costs and how long it takes, before it runs and while it waits. */
export class EstimateService {
  readonly #recent: DataLoader<string, MetricSums | null>;
  readonly #ahead: DataLoader<QueuedJob, number | null, string>;

  constructor(private readonly parts: EstimateServiceParts) {
    const since = (): Date => new Date(Math.floor((Date.now() - RECENT_MS) / STEP_MS) * STEP_MS);
    this.#recent = new DataLoader((ids) => parts.metrics.total(ids, since()), { cache: false });
    this.#ahead = new DataLoader((jobs) => parts.positions.itemsAhead(jobs), { cache: false });
  }

  /** @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async estimate({ caller }: RequestScope, input: EstimateInferenceInput): Promise<InferenceEstimate> {
    const { deployment, itemCount, priority, deadlineMs } = input;
    checkRange('itemCount', itemCount, { min: 1, max: ITEMS_MAX });
    checkRange('priority', priority, { min: 0, max: PRIORITY_MAX });
    checkRange('deadlineMs', deadlineMs ?? 1, { min: 1, max: DEADLINE_MAX_MS });
    const target = await this.parts.deployments.servingTarget(deployment);
    if (!target || roleIn(caller, target.namespace) === null) throw new PlatformError('DEPLOYMENT_NOT_FOUND', `There is no deployment "${deployment.slice(0, 140)}"; its full name, such as default/ocr, was expected.`);
    requireRole(caller, target.namespace, 'CALLER');
    const [load, known] = await Promise.all([this.parts.loads.of(target.deploymentId), this.#known(target)]);
    const duration = durationOf(target, known, { ahead: aheadOf(load, priority), own: itemCount });
    return {
      computeMs: known && known.time.meanMs * itemCount, waitMs: duration && duration.waitMs, basis: known && known.basis, readyReplicas: target.readyReplicas,
      duration: duration && { p50Ms: duration.p50Ms, p95Ms: duration.p95Ms },
      refusal: this.#refusalOf(target, { load, itemCount, priority, deadlineMs: deadlineMs ?? target.admission.deadlineMs }),
    };
  }

  /** Null once it has ended, and where nothing is known of the revision that serves it, or no replica is ready. */
  async eta({ row }: Job): Promise<JobEta | null> {
    if (isFinal(row.status)) return null;
    const target = await this.parts.deployments.servingTarget(row.deploymentId);
    if (target?.revision?.id !== row.revisionId) return null;
    const known = await this.#known(target);
    const own = row.itemCount - row.finishedCount;
    // What began has nothing ahead of it any more: its own parts are served in turn.
    const ahead = row.status === 'QUEUED' ? await this.#itemsAhead(row, own) : 0;
    const duration = durationOf(target, known, { ahead, own });
    if (!duration) return null;
    const now = Date.now();
    return { p50: new Date(now + duration.p50Ms), p95: new Date(now + duration.p95Ms) };
  }

  /** Behind a long backlog all that waits is taken to be ahead. */
  async #itemsAhead(job: Job['row'], own: number): Promise<number> {
    const counted = await this.#ahead.load({ id: job.id, revisionId: job.revisionId, priority: job.priority });
    return counted ?? Math.max(0, aheadOf(await this.parts.loads.of(job.deploymentId), job.priority) - own);
  }

  async #known({ deploymentId, itemMs, revision }: ServingTarget): Promise<KnownTime | null> {
    const recent = await this.#recent.load(deploymentId);
    const observed = (recent && observedTime(recent)) ?? (itemMs === null ? null : assumedTime(itemMs));
    if (observed) return { time: observed, basis: 'OBSERVED' };
    const profile = revision && await this.parts.deployments.batchProfile(revision.id);
    const measuredMs = profile && measuredItemMs(profile);
    return measuredMs === null ? null : { time: assumedTime(measuredMs), basis: 'MEASURED' };
  }

  /** By the rules of `Admission` and of the statement that writes a submit. */
  #refusalOf(target: ServingTarget, { load, itemCount, priority, deadlineMs }: Asked): ErrorCode | null {
    const { revision, deploymentId, admission: { maxQueue, maxInFlight } } = target;
    if (!revision) return 'DEPLOYMENT_NOT_READY';
    if (load.waiting + itemCount > (maxQueue ?? Infinity) || load.unfinished + itemCount > (maxInFlight ?? Infinity)) return 'QUEUE_FULL';
    const aheadMs = waitMs(target, load, priority);
    if (aheadMs === null || deadlineMs === null) return null;
    const ownMs = computeMs(target, itemCount)!;
    const isLate = aheadMs + ownMs > deadlineMs && !this.parts.trials.isDue({ deploymentId, unfinished: load.unfinished, ownMs });
    return isLate ? 'DEADLINE_UNREACHABLE' : null;
  }
}

function aheadOf({ waiting, waitingFirst }: DeploymentLoad, priority: number): number {
  return priority === 0 ? waitingFirst : waiting;
}

function durationOf({ readyReplicas }: ServingTarget, known: KnownTime | null, work: { ahead: number; own: number }): Duration | null {
  return known && readyReplicas > 0 ? predictDuration(known.time, { ...work, readyReplicas }) : null;
}

interface Asked {
  load: DeploymentLoad;
  itemCount: number;
  priority: number;
  deadlineMs: number | null;
}
