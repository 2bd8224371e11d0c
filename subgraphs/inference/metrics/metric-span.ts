import { quantileMs } from '../../../platform/metrics/latency-scale';
import type { MetricSpan } from './deployment-metrics';
import { DROP_REASONS, type MetricSums } from './metric-row';

/** Sums as callers see them. */
export function toSpan(sums: MetricSums, { from, to }: { from: Date; to: Date }): MetricSpan {
  const { finished, failed, latencyMs, queuedMs, computeMs, savedMs, cached, coalesced, drops, latency } = sums;
  const seconds = Math.max(1, to.getTime() - from.getTime()) / 1_000;
  const quantile = (part: number): number => quantileMs(latency, part)!;
  return {
    from, to, finished, failed, rate: finished / seconds, errorRate: finished === 0 ? 0 : failed / finished,
    latency: finished === 0 ? null : { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), mean: latencyMs / finished },
    meanQueueWaitMs: finished === 0 ? null : queuedMs / finished,
    computeMs, savedMs, cached, coalesced, dropped: DROP_REASONS.flatMap((reason, position) => (drops[position] ? [{ reason, items: drops[position] }] : [])),
  };
}
