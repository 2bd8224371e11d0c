import type { ServingTarget } from '../submit/serving-directory';
import type { DeploymentLoad } from './load.store';

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
