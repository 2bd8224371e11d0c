import { ERRORS, PlatformError, messageOf } from '../platform/errors';
import type { Log } from '../platform/log';

/** SQLSTATE classes that the same statement meets again however often it is sent: bad data, broken constraint, wrong SQL. */
const PERMANENT_CLASSES = new Set(['22', '23', '42']);
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

/** Whether the call itself is at fault. Whatever is unknown counts as an outage: results are rather sent once too often than lost. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof PlatformError) return !ERRORS[error.code].isRetryable && error.code !== 'INTERNAL_SERVER_ERROR';
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && code.length === 5 && PERMANENT_CLASSES.has(code.slice(0, 2));
}

export interface PersistenceSettings {
  log: Log;
  /** Ends the trying: the worker was declared gone, or its grace is over. */
  signal: AbortSignal;
  /** `isPermanent` where a call knows better. */
  isPermanent?: (error: unknown) => boolean;
}

/**
 * Repeats a call, with backoff, until the other side answers it: while Postgres is away work waits and nothing is lost. `attempt`
 * counts from 0, so that a call can tell that an earlier one may have been carried out without its answer having arrived.
 * Rejects with a permanent error, or with the abort reason.
 */
export async function untilAnswered<T>(name: string, call: (attempt: number) => Promise<T>, settings: PersistenceSettings): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    settings.signal.throwIfAborted();
    try {
      return await call(attempt);
    } catch (error) {
      if ((settings.isPermanent ?? isPermanent)(error)) throw error;
      if (attempt === 0) settings.log.warn({ call: name, reason: messageOf(error) }, 'call unanswered, trying again until it is');
    }
    await pause(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt), settings.signal);
  }
}

/** Resolves after the delay, or earlier once the signal is aborted. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal?.addEventListener('abort', end);
  });
}

/** Resolves with the work or, at the latest, after the delay; leaves no timer behind. */
export async function within(work: Promise<unknown> | undefined, delayMs: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, pause(delayMs, done.signal)]);
  done.abort();
}
