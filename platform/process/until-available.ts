import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '../errors';
import type { Log } from '../log';

/** Tries `open` again while it says UNAVAILABLE or SUBGRAPH_UNAVAILABLE, for 30 s: servers that start together with us may take a while. */
export async function untilAvailable<T>(
  server: string, log: Log, open: () => Promise<T>, { timeoutMs = 30_000, intervalMs = 250 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      const isAway = error instanceof PlatformError && (error.code === 'UNAVAILABLE' || error.code === 'SUBGRAPH_UNAVAILABLE');
      if (!isAway || Date.now() > deadline) throw error;
      if (attempt === 1) log.warn({ server, timeoutMs, err: error.cause }, 'waiting for a server that is away');
    }
    await delay(intervalMs);
  }
}
