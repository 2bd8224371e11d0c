import { runnersOf } from '../../test/support/runner-processes';
import { hasRunningWork, onFaultyPlatform } from './faulty-platform';
import type { DrillResult } from './drill.result';
import { underLoad } from './under-load';

/** Runners are SIGKILLed every 3 s while they run work: what ran runs again, and fails only should it meet two such ends in a row. */
export function runnerCrash(): Promise<DrillResult> {
  return onFaultyPlatform({ workers: 1 }, ({ platform, databaseUrl }) => underLoad({
    name: 'runner-crash', platform, databaseUrl, replicas: 2, everyMs: 3_000, minFaults: 15,
    strike: async () => {
      const meetsWork = await hasRunningWork(databaseUrl);
      const runners = runnersOf([process.pid]);
      // The one that has computed most is no spare.
      const [victim] = runners.sort((one, other) => other.cpuTicks - one.cpuTicks);
      if (victim) process.kill(victim.pid, 'SIGKILL');
      return meetsWork && victim !== undefined;
    },
  }));
}
