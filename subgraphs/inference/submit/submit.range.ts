import { PlatformError } from '../../../platform/errors';

export const ITEMS_MAX = 10_000;
export const PRIORITY_MAX = 1_000;
export const DEADLINE_MAX_MS = 7 * 86_400_000;

/** @throws BAD_USER_INPUT */
export function checkRange(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (value < min || value > max) throw new PlatformError('BAD_USER_INPUT', `${name}: ${min} to ${max} was expected, ${value} came.`);
}
