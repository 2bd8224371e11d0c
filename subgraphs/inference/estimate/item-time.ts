import { boundaryMs, quantileMs } from '../../../platform/metrics/latency-scale';
import type { BatchProfile } from '../../deployment/worker.contract';
import type { MetricSums } from '../metrics/metric-row';
import type { ItemTime } from './duration';

/** Where nothing tells how much items differ: as much as those of a model whose inputs have sizes of their own. */
const ASSUMED_VARIATION = 0.5;
const QUANTILE_95 = 1.645;
/** Under load most items wait; the quickest show what the way itself takes. */
const QUICKEST = 0.05;

/** What items took of late; null where none has run. */
export function observedTime({ computeMs, compute, latency }: MetricSums): ItemTime | null {
  const items = compute.reduce((sum, count) => sum + count, 0);
  if (items === 0) return null;
  const meanMs = computeMs / items;
  return {
    meanMs, deviationMs: deviationOf(compute, items), p95Ms: Math.max(meanMs, quantileMs(compute, 0.95)!),
    overheadMs: Math.max(0, quantileMs(latency, QUICKEST)! - meanMs),
  };
}

/** By an average alone. */
export function assumedTime(meanMs: number): ItemTime {
  const deviationMs = ASSUMED_VARIATION * meanMs;
  return { meanMs, deviationMs, p95Ms: meanMs + QUANTILE_95 * deviationMs, overheadMs: 0 };
}

/** What a worker measured when it loaded the revision, at the batch size that it runs at most; null where it could measure nothing. */
export function measuredItemMs({ table, chosenMaxBatch }: BatchProfile): number | null {
  const time = table.find(({ batchSize }) => batchSize === chosenMaxBatch) ?? table[0];
  return time ? time.msPerBatch / time.batchSize : null;
}

function deviationOf(counts: readonly number[], items: number): number {
  const mean = counts.reduce((sum, count, index) => sum + count * middleMs(index), 0) / items;
  return Math.sqrt(counts.reduce((sum, count, index) => sum + count * (middleMs(index) - mean) ** 2, 0) / items);
}

/** What an item that is counted there took, in the middle. */
function middleMs(index: number): number {
  const from = index === 0 ? 0 : boundaryMs(index - 1);
  const to = boundaryMs(index);
  return to === Infinity ? from : (from + to) / 2;
}
