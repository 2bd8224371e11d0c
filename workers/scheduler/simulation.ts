import { ReadyQueue } from './ready-queue';
import type { Schedulable, SchedulingPolicy } from './schedule-policy';

export interface SimulatedTask extends Schedulable {
  /** What it really takes; milliseconds. */
  readonly serviceMs: number;
}

export interface SimulatedRun {
  task: SimulatedTask;
  /** Null: dropped, since it would have been too late. */
  endedAt: number | null;
}

interface Slot {
  freeAt: number;
}

/** Runs a trace of arrivals, in their order, through the scheduler's own queue, on a clock of its own: what a policy does is seen in seconds instead of days. */
export function simulate(tasks: readonly SimulatedTask[], { policy, slots = 1 }: { policy: SchedulingPolicy; slots?: number }): SimulatedRun[] {
  const queue = new ReadyQueue<SimulatedTask>(policy);
  const devices = Array.from({ length: slots }, (): Slot => ({ freeAt: 0 }));
  const runs: SimulatedRun[] = [];
  let arrived = 0;
  while (arrived < tasks.length || queue.depth > 0) {
    const slot = devices.reduce((first, each) => (each.freeAt < first.freeAt ? each : first));
    // An idle device sleeps until the next task arrives.
    const now = queue.depth > 0 ? slot.freeAt : Math.max(slot.freeAt, tasks[arrived]!.arrivedAt);
    for (; arrived < tasks.length && tasks[arrived]!.arrivedAt <= now; arrived += 1) queue.push(tasks[arrived]!);
    const { task, dropped } = queue.next(now);
    for (const late of dropped) runs.push({ task: late, endedAt: null });
    if (!task) continue;
    slot.freeAt = now + task.serviceMs;
    queue.charge(task.namespace, task.serviceMs);
    runs.push({ task, endedAt: slot.freeAt });
  }
  return runs;
}
