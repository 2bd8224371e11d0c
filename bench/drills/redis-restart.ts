import { hasRunningWork, onFaultyPlatform } from './faulty-platform';
import type { DrillResult } from './drill.result';
import { underLoad } from './under-load';

/** Redis is SIGKILLed and started again, or loses all it holds, in turn. */
export function redisRestart(): Promise<DrillResult> {
  return onFaultyPlatform({ workers: 2, queue: 'redis' }, ({ platform, databaseUrl, redis }) => {
    let strikes = 0;
    return underLoad({
      name: 'redis-restart', platform, databaseUrl, replicas: 2, everyMs: 6_000, minFaults: 5,
      async strike() {
        const isBusy = await hasRunningWork(databaseUrl);
        await (strikes++ % 2 === 0 ? redis!.crash() : redis!.flush());
        return isBusy;
      },
    });
  });
}
