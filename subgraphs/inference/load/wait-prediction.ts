import type { ServingTarget } from '../submit/serving-directory';
import type { DeploymentLoad } from './load.store';

/** Told to who is refused where nothing is known about the pace. */
const UNKNOWN_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** What of a deployment tells how fast it works. */
export type Pace = Pick<ServingTarget, 'itemMs' | 'readyReplicas'>;

/**
 * Milliseconds until as many items are computed, all ready replicas side by side; null where no replica has told its pace, or none is ready: nothing is
 * known then, which is no reason to refuse anyone. Batches make it shorter, an estimate that replicas report with them in it.
 */
export function computeMs({ itemMs, readyReplicas }: Pace, items: number): number | null {
  return itemMs === null || readyReplicas === 0 ? null : (itemMs * items) / readyReplicas;
}

/** Milliseconds that work of this priority waits for what is ahead of it. Behind priority 0 all is taken to be ahead: a queue knows no finer classes. */
export function waitMs(pace: Pace, load: DeploymentLoad, priority: number): number | null {
  return computeMs(pace, priority === 0 ? load.waitingFirst : load.waiting);
}

/** When whoever was refused should come again. @param predictedMs null where nothing is known */
export function retryAfterMs(predictedMs: number | null): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(1, Math.round(predictedMs ?? UNKNOWN_WAIT_MS)));
}
