import { ERRORS, PlatformError } from './errors';

/**
 * Fastify's own refusals (a body too large, not JSON, another media type, a broken URL) in the words of our table; whatever else was
 * thrown as it is.
 */
export function asHttpRefusal(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof PlatformError || !('statusCode' in thrown)) return thrown;
  const { statusCode, message } = thrown;
  if (statusCode === 413) return new PlatformError('BODY_TOO_LARGE', ERRORS.BODY_TOO_LARGE.meaning, {}, { cause: thrown });
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isRefusal ? new PlatformError('BAD_USER_INPUT', message, {}, { cause: thrown }) : thrown;
}

/** What HTTP has a header for of what a refusal says (RFC 9110 §10.2.3, §14.4). */
export function refusalHeaders({ code, retryAfterMs, sizeBytes }: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return {
    ...(typeof retryAfterMs === 'number' && { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    ...(code === 'RANGE_NOT_SATISFIABLE' && { 'content-range': `bytes */${String(sizeBytes)}` }),
  };
}
