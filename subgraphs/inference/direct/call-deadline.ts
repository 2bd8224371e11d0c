import { PlatformError } from '../../../platform/errors';

const DEFAULT_TIMEOUT_MS = 60_000;
export const TIMEOUT_MAX_MS = 600_000;

export interface CallDeadline {
  /** Aborts when the time is over or the client is gone. */
  readonly signal: AbortSignal;
  readonly isOver: boolean;
  /** Milliseconds until the time is over, at least one. */
  readonly leftMs: number;
  error(hasStarted: boolean): PlatformError;
  clear(): void;
}

/**
 * Ends a call that somebody waits for.
 * @throws BAD_USER_INPUT when `timeoutMs` is out of range
 */
export function callDeadline(timeoutMs: number | null, client: AbortSignal | undefined): CallDeadline {
  const ms = timeoutMs ?? DEFAULT_TIMEOUT_MS;
  if (!Number.isInteger(ms) || ms < 1 || ms > TIMEOUT_MAX_MS) throw new PlatformError('BAD_USER_INPUT', `timeoutMs: 1 to ${TIMEOUT_MAX_MS} was expected, ${ms} came.`);
  const late = new AbortController();
  const endAt = performance.now() + ms;
  const timer = setTimeout(() => late.abort(), ms);
  return {
    signal: client ? AbortSignal.any([late.signal, client]) : late.signal,
    get isOver() { return late.signal.aborted; },
    get leftMs() { return Math.max(1, endAt - performance.now()); },
    error: (hasStarted) => (hasStarted
      ? new PlatformError('INFERENCE_TIMEOUT', `The run was not done within ${ms} ms and was ended.`, { timeoutMs: ms })
      : new PlatformError('DEADLINE_EXCEEDED', `No replica could begin within ${ms} ms.`, { timeoutMs: ms })),
    clear: () => clearTimeout(timer),
  };
}
