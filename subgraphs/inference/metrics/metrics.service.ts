import DataLoader from 'dataloader';
import { roleIn, type Caller } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import type { QueueService } from '../load/queue.service';
import type { ServingDirectory } from '../submit/serving-directory';
import type { DeploymentMetrics, DeploymentMetricsUpdate, MetricSpan } from './deployment-metrics';
import { addSums, noMetrics, type MetricRow } from './metric-row';
import { toSpan } from './metric-span';
import { COARSE_STEP_MS, FINE_MS, STEP_MS, type MetricStore } from './metric.store';

export interface MetricsRange {
  windowMs: number;
  stepMs: number | null;
}

export interface MetricsServiceParts {
  store: MetricStore;
  deployments: ServingDirectory;
  queues: QueueService;
}

interface Series {
  deploymentId: string;
  from: Date;
  stepMs: number;
}

const WINDOW_MAX_MS = 30 * 86_400_000;
const POINTS_MAX = 1_000;
/** What a chart has room for, where nobody says a step. */
const POINTS_WANTED = 120;
const RECENT_MS = 60_000;

/** What callers see of the roll-ups. */
export class MetricsService {
  readonly #series: DataLoader<Series, MetricRow[]>;

  constructor(private readonly parts: MetricsServiceParts) {
    this.#series = new DataLoader((wanted) => this.#read(wanted), { cache: false });
  }

  /** Null where there is no such deployment, or the caller has no role in its namespace. @throws BAD_USER_INPUT */
  async of(caller: Caller, deploymentId: string, range: MetricsRange): Promise<DeploymentMetrics | null> {
    const stepMs = stepOf(range);
    if (!await this.#isVisible(caller, deploymentId)) return null;
    const now = Date.now();
    const from = floor(now - range.windowMs, stepMs);
    const rows = await this.#series.load({ deploymentId, from: new Date(from), stepMs });
    const points = pointsOf(rows, { from, now, stepMs });
    const total = noMetrics();
    for (const row of rows) addSums(total, row);
    return { stepMs, points, total: toSpan(total, { from: new Date(from), to: new Date(now) }) };
  }

  /** The last minute, and the queue; null as above. */
  async recent(caller: Caller, deploymentId: string): Promise<DeploymentMetricsUpdate | null> {
    const now = Date.now();
    const from = new Date(floor(now - RECENT_MS, STEP_MS));
    const queue = await this.parts.queues.of(caller, deploymentId);
    if (!queue) return null;
    // One point for all of it.
    const rows = await this.#series.load({ deploymentId, from, stepMs: 10 * RECENT_MS });
    const total = noMetrics();
    for (const row of rows) addSums(total, row);
    return { recent: toSpan(total, { from, to: new Date(now) }), queue };
  }

  async #isVisible(caller: Caller, deploymentId: string): Promise<boolean> {
    const target = await this.parts.deployments.servingTarget(deploymentId);
    return target !== null && roleIn(caller, target.namespace) !== null;
  }

  /** One statement for all that are asked for the same range, which within one query, and one tick of the subscriptions, are all. */
  async #read(wanted: readonly Series[]): Promise<MetricRow[][]> {
    const keyOf = ({ from, stepMs }: Series): string => `${from.getTime()}/${stepMs}`;
    const found = new Map<string, Promise<MetricRow[]>>();
    for (const series of wanted) {
      const key = keyOf(series);
      const ids = wanted.filter((other) => keyOf(other) === key).map(({ deploymentId }) => deploymentId);
      if (!found.has(key)) found.set(key, this.parts.store.since([...new Set(ids)], series));
    }
    return Promise.all(wanted.map(async (series) => (await found.get(keyOf(series))!).filter(({ deploymentId }) => deploymentId === series.deploymentId)));
  }
}

function stepOf({ windowMs, stepMs }: MetricsRange): number {
  if (windowMs < STEP_MS || windowMs > WINDOW_MAX_MS) throw new PlatformError('BAD_USER_INPUT', `windowMs: ${STEP_MS} to ${WINDOW_MAX_MS} was expected, ${windowMs} came.`);
  const unit = windowMs > FINE_MS - COARSE_STEP_MS ? COARSE_STEP_MS : STEP_MS;
  const step = stepMs ?? Math.ceil(windowMs / POINTS_WANTED / unit) * unit;
  if (step < unit || step % unit !== 0) throw new PlatformError('BAD_USER_INPUT', `stepMs: a multiple of ${unit} was expected for this window, ${step} came.`);
  if (windowMs / step > POINTS_MAX) throw new PlatformError('BAD_USER_INPUT', `stepMs: at least ${Math.ceil(windowMs / POINTS_MAX / unit) * unit} was expected for this window, ${step} came.`);
  return step;
}

function pointsOf(rows: readonly MetricRow[], { from, now, stepMs }: { from: number; now: number; stepMs: number }): MetricSpan[] {
  const byTime = new Map(rows.map((row) => [row.at.getTime(), row]));
  const points: MetricSpan[] = [];
  for (let at = from; at < now; at += stepMs) {
    points.push(toSpan(byTime.get(at) ?? noMetrics(), { from: new Date(at), to: new Date(Math.min(at + stepMs, now)) }));
  }
  return points;
}

function floor(instant: number, stepMs: number): number {
  return instant - (instant % stepMs);
}
