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
