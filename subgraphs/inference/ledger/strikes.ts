import type { ErrorCode } from '../../../platform/errors';

/** A chunk fails once its lost runs have used up this many strikes. */
export const STRIKES_ALLOWED = 30;

/** How many runs may be lost in this way before the chunk fails. A crash is likely the work's own fault, a lost worker hardly ever is. */
const LOSSES_ALLOWED: Partial<Record<ErrorCode, number>> = { RUNNER_CRASHED: 3, WORKER_LOST: 10 };
const LOSSES_ALLOWED_OTHERWISE = 10;

/** What one lost run costs, so that losses of different kinds add up in one column. */
export function strikesOf(code: ErrorCode): number {
  return STRIKES_ALLOWED / (LOSSES_ALLOWED[code] ?? LOSSES_ALLOWED_OTHERWISE);
}
