import fs from 'node:fs';
import { eventually } from './eventually';

export interface RunnerProcessFacts {
  pid: number;
  parentPid: number;
  /** Processor time taken so far, in the kernel's ticks of 10 ms. */
  cpuTicks: number;
}

/** More than a runner takes to be asked whether it is there. */
const COMPUTING_TICKS = 15;

/** The runner of one of these workers that computes at this moment. Linux alone: /proc tells. */
export async function untilRunnerComputes(workerPids: readonly number[]): Promise<RunnerProcessFacts> {
  const before = new Map<number, number>();
  return eventually(() => {
    const runners = runnersOf(workerPids);
    for (const { pid, cpuTicks } of runners) if (!before.has(pid)) before.set(pid, cpuTicks);
    const found = runners.find(({ pid, cpuTicks }) => cpuTicks - before.get(pid)! >= COMPUTING_TICKS);
    if (!found) throw new Error('No runner computes.');
    return found;
  }, { timeoutMs: 20_000 });
}

/** Runner processes of these workers, or of whatever workers these processes have. */
export function runnersOf(ancestorPids: readonly number[]): RunnerProcessFacts[] {
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => factsOf(Number(name)) ?? []);
  const parents = new Map(processes.map(({ pid, parentPid }) => [pid, parentPid]));
  const descends = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) if (ancestorPids.includes(at)) return true;
    return false;
  };
  return processes.filter(({ pid, isRunner }) => isRunner && descends(pid));
}

/** Its processor time so far, in the kernel's ticks of 10 ms; null: it is gone. */
export function cpuTicksOf(pid: number): number | null {
  return factsOf(pid)?.cpuTicks ?? null;
}

export function isAlive(pid: number): boolean {
  const facts = factsOf(pid);
  return facts !== null && !facts.isZombie;
}

function factsOf(pid: number): (RunnerProcessFacts & { isRunner: boolean; isZombie: boolean }) | null {
  try {
    const [state, parentPid, ...fields] = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
    const isRunner = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('runner.main');
    // utime and stime are fields 14 and 15 of proc_pid_stat(5); what is cut off here were the first 4.
    return { pid, parentPid: Number(parentPid), cpuTicks: Number(fields[9]) + Number(fields[10]), isRunner, isZombie: state === 'Z' };
  } catch {
    return null;
  }
}
