import { ERRORS } from '../../../platform/errors';
import type { Reason } from '../status-reason';

/**
 * Failures older than this are forgotten. With the doubling delay that settles at about one attempt in two minutes for a revision that
 * never loads: the count within the window never falls below the one that means FAILED, so the status does not flap.
 */
export const FAILURE_WINDOW_MS = 15 * 60_000;
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 4 * 60_000;
const ATTEMPTS = { retryable: 4, final: 2 };

export interface Failure {
  at: Date;
  reason: Reason;
}

export interface RetryVerdict {
  /** Null: at once. */
  retryAt: Date | null;
  /** Tried so often that the deployment is told FAILED. */
  isExhausted: boolean;
  last: Reason | null;
}

/**
 * When to try again after these failures of a revision.
 * @param width replicas wanted at a time: as many failures of one round count as one attempt
 */
export function retryVerdict(failures: readonly Failure[], width: number): RetryVerdict {
  const last = failures.reduce<Failure | null>((latest, failure) => (latest && latest.at >= failure.at ? latest : failure), null);
  if (!last) return { retryAt: null, isExhausted: false, last: null };
  const attempts = Math.ceil(failures.length / Math.max(1, width));
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LAST_DELAY_MS);
  const isRetryable = ERRORS[last.reason.code]?.isRetryable ?? true;
  return {
    retryAt: new Date(last.at.getTime() + delayMs),
    isExhausted: attempts >= (isRetryable ? ATTEMPTS.retryable : ATTEMPTS.final),
    last: last.reason,
  };
}
