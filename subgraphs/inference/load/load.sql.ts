/**
 * The load of a deployment is the sum over its rows of `deployment_load`, each written within the statement that moves the work it counts: after a crash
 * it is right without repair. Streams of statements have slots of their own, or each would wait for the commits of all others.
 */

/** Whoever submits under a limit holds this row: admissions to a deployment go one after the other, and count here alone. */
export const GATE_SLOT = 'gate';
/** What callers and the sweeper do to jobs that exist: seldom enough to share a slot. */
export const CALLERS_SLOT = 'callers';
/** Slots that have fallen silent, and what a recount found. */
export const BASE_SLOT = 'base';

export const claimSlot = (workerId: string): string => `${workerId}/claim`;
export const finishSlot = (workerId: string): string => `${workerId}/finish`;
export const backSlot = (workerId: string): string => `${workerId}/back`;

/**
 * A part of a statement that adds to the load.
 * @param deltas a select of `deployment_id, priority, waiting, unfinished`, in items
 * @param slot the parameter that holds the slot
 */
export function addLoad(deltas: string, slot: string): string {
  return `
  insert into deployment_load as l (deployment_id, slot, waiting, waiting_first, unfinished)
  select deployment_id, ${slot}, sum(waiting), coalesce(sum(waiting) filter (where priority = 0), 0), sum(unfinished)
  from (${deltas}) d group by deployment_id order by deployment_id
  on conflict (deployment_id, slot) do update
  set waiting = l.waiting + excluded.waiting, waiting_first = l.waiting_first + excluded.waiting_first, unfinished = l.unfinished + excluded.unfinished, told_at = now()`;
}
