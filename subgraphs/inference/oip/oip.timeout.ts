import { PlatformError } from '../../../platform/errors';

/**
 * Milliseconds that the client gives a call: of the header `Inference-Timeout-Ms` and the request's own the shorter; null where neither says.
 * @throws BAD_USER_INPUT when the header is no whole number; its range is checked with the call's
 */
export function readTimeout(header: string | string[] | undefined, ofRequest: number | null): number | null {
  if (header === undefined) return ofRequest;
  const ms = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : NaN;
  if (Number.isNaN(ms)) throw new PlatformError('BAD_USER_INPUT', `Inference-Timeout-Ms was expected to be whole milliseconds; "${String(header).slice(0, 40)}" came.`);
  return ofRequest === null ? ms : Math.min(ms, ofRequest);
}
