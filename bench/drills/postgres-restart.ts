import { postmasterPid } from '../support/database-url';
import { hasRunningWork, onFaultyPlatform } from './faulty-platform';
import type { DrillResult } from './drill.result';
import { underLoad } from './under-load';

/** The embedded Postgres is SIGKILLed; its supervisor brings it back on the same port and it recovers from its log. */
export function postgresRestart(): Promise<DrillResult> {
  return onFaultyPlatform({ workers: 2 }, ({ platform, databaseUrl }) => underLoad({
    name: 'postgres-restart', platform, databaseUrl, replicas: 2, everyMs: 8_000, minFaults: 5,
    async strike() {
      // Still recovering from the strike before: striking now would be no fault that met work.
      if (!await hasRunningWork(databaseUrl).catch(() => false)) return false;
      process.kill(await postmasterPid(platform.dataDir), 'SIGKILL');
      return true;
    },
  }));
}
