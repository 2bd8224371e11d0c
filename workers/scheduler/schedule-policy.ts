/** In which order runs get the device: by arrival, by shortest response time with ageing, by earliest deadline. */
export const SCHEDULING_POLICIES = ['FIFO', 'SRT', 'EDF'] as const;
export type SchedulingPolicy = (typeof SCHEDULING_POLICIES)[number];

/** What wants the device, as the order sees it; times in milliseconds of one clock. */
export interface Schedulable {
  readonly arrivedAt: number;
  readonly predictedMs: number;
  /** What has to be computed until whoever waits has all: with `predictedMs` alone, a job of many items would pass for short work again and again. */
  readonly weightMs: number;
  /** Null: none. */
  readonly deadlineAt: number | null;
  /** Higher classes go before all lower ones. */
  readonly priority: number;
  /** Those of one class share the device by compute time between their namespaces. */
  readonly namespace: string;
}

/** A run of 400 ms is overtaken by shorter ones that come up to 8 s after it, and by none later. */
const AGEING = 0.05;

/** Smaller keys go first. Static: linear ageing lowers all keys alike, so nothing is ever sorted anew. */
export function scheduleKey(policy: SchedulingPolicy, { arrivedAt, weightMs, deadlineAt }: Schedulable): number {
  switch (policy) {
    case 'FIFO': return arrivedAt;
    case 'SRT': return weightMs + AGEING * arrivedAt;
    case 'EDF': return deadlineAt ?? Infinity;
    default: return policy satisfies never;
  }
}

/** Whether it would be done too late, if it began now. */
export function isHopeless({ deadlineAt, predictedMs }: Schedulable, now: number): boolean {
  return deadlineAt !== null && now + predictedMs > deadlineAt;
}
