/** What is known of the compute of one item, in milliseconds. */
export interface ItemTime {
  meanMs: number;
  /** Standard deviation. */
  deviationMs: number;
  /** An item by itself: 19 of 20 take at most this. */
  p95Ms: number;
  /** What work takes beside its compute where nothing is ahead of it: statements, the queue, the way to a runner and back. */
  overheadMs: number;
}

export interface Workload {
  /** Items that are computed first. */
  ahead: number;
  own: number;
  readyReplicas: number;
}

export interface Duration {
  waitMs: number;
  /** Over all devices: the cost. */
  computeMs: number;
  p50Ms: number;
  p95Ms: number;
}

/** Of the standard normal distribution. */
const QUANTILE_95 = 1.645;

/**
 * How long work takes that waits for other work: sums of many independent items, which are normal for practical purposes (central limit theorem), spread evenly
 * over the replicas. A few items have the tail of a single one, so the 95 % is never below that.
 */
export function predictDuration({ meanMs, deviationMs, p95Ms, overheadMs }: ItemTime, { ahead, own, readyReplicas }: Workload): Duration {
  // The last item cannot be on two replicas.
  const parallel = Math.max(1, Math.min(readyReplicas, own));
  const waitMs = (ahead * meanMs) / readyReplicas;
  const runMs = (own * meanMs) / parallel;
  const spreadMs = QUANTILE_95 * deviationMs * Math.sqrt(ahead / readyReplicas ** 2 + own / parallel ** 2);
  return {
    waitMs, computeMs: own * meanMs,
    p50Ms: overheadMs + waitMs + runMs,
    p95Ms: overheadMs + waitMs + Math.max(runMs + spreadMs, p95Ms),
  };
}
