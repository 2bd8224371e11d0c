import { SCALE_LENGTH, scaleIndex } from '../../../platform/metrics/latency-scale';
import type { DropReason, FinishedWork } from '../worker.contract';

/** The positions of `drops`; new ones go to the end. */
export const DROP_REASONS = ['QUEUE_FULL', 'DEADLINE_UNREACHABLE', 'DEADLINE_EXCEEDED', 'CANCELED'] as const satisfies readonly DropReason[];

/** What became of the items of a deployment within some time. Sums of rows are rows. */
export interface MetricSums {
  /** With outputs or with an error. */
  finished: number;
  failed: number;
  /** Milliseconds, summed over items. */
  latencyMs: number;
  queuedMs: number;
  computeMs: number;
  savedMs: number;
  /** Items that were answered with a kept result, and with one that was being computed. */
  cached: number;
  coalesced: number;
  /** Items, by position in `DROP_REASONS`. */
  drops: number[];
  /** Items by what they took from acceptance to result, and by their share of compute. */
  latency: number[];
  compute: number[];
}

/** Of some deployment, from an instant on. */
export interface MetricRow extends MetricSums {
  deploymentId: string;
  at: Date;
}

export function noMetrics(): MetricSums {
  const counts = (): number[] => new Array<number>(SCALE_LENGTH).fill(0);
  return { finished: 0, failed: 0, latencyMs: 0, queuedMs: 0, computeMs: 0, savedMs: 0, cached: 0, coalesced: 0, drops: DROP_REASONS.map(() => 0), latency: counts(), compute: counts() };
}

/** Every item of it counts alike. */
export function addWork(sums: MetricSums, { items, errors, latencyMs, timing }: FinishedWork): void {
  sums.finished += items;
  sums.failed += errors.length;
  sums.latencyMs += latencyMs * items;
  sums.latency[scaleIndex(latencyMs)]! += items;
  if (!timing) return;
  sums.queuedMs += timing.queuedMs * items;
  sums.computeMs += timing.ownComputeMs;
  sums.compute[scaleIndex(timing.ownComputeMs / items)]! += items;
}

/** Adds the others to the first. */
export function addSums(sums: MetricSums, other: MetricSums): void {
  for (const field of ['finished', 'failed', 'latencyMs', 'queuedMs', 'computeMs', 'savedMs', 'cached', 'coalesced'] as const) sums[field] += other[field];
  for (const field of ['drops', 'latency', 'compute'] as const) other[field].forEach((count, index) => { sums[field][index] = (sums[field][index] ?? 0) + count; });
}
