import { PlatformError } from '../errors';

/** SQLSTATE (PostgreSQL appendix A): characters that the server's encoding does not have, NUL foremost, as text and as JSON. */
const UNKEEPABLE = new Set(['22021', '22P05']);
/** Our JSON is always well-formed, but for halves of surrogate pairs, which Postgres tells by this message alone. */
const BROKEN_JSON = { code: '22P02', message: 'invalid input syntax for type json' };
const UNPAIRED_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Whether Postgres can keep a text: no NUL in it, no half of a surrogate pair. */
export function isKeepableText(text: string): boolean {
  return !text.includes('\0') && !UNPAIRED_SURROGATE.test(text);
}

/** Turns "this text cannot be kept", however TypeORM wrapped it, into BAD_USER_INPUT, and leaves every other error as it is. */
export function asUnkeepableText(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || error instanceof PlatformError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isUnkeepable = (typeof code === 'string' && UNKEEPABLE.has(code)) || (code === BROKEN_JSON.code && message === BROKEN_JSON.message);
  if (!isUnkeepable) return error;
  return new PlatformError('BAD_USER_INPUT', 'A text was expected to be well-formed Unicode without NUL characters.', {}, { cause: error });
}
