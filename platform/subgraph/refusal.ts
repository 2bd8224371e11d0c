import type { FastifyReply } from 'fastify';
import { ERRORS, PlatformError } from '../errors';
import type { Log } from '../log';
import { maskError } from '../mask-error';

/** What is known of a request whose token was not, or not yet, believed. */
export const NO_REQUEST_ID = 'unknown';

interface RefusalContext {
  requestId: string;
  log: Log;
}

/** Answers what is no GraphQL result as `{ error: { code, message, requestId } }` with the status of our table. */
export function replyRefusal(thrown: unknown, reply: FastifyReply, { requestId, log }: RefusalContext): FastifyReply {
  const { message, extensions } = maskError(asPlatformError(thrown), requestId, log);
  return reply.code(statusOf(extensions)).send({ error: { ...extensions, message } });
}

/** The same in the shape of GraphQL over HTTP. */
export function replyGraphqlRefusal(thrown: unknown, reply: FastifyReply, { requestId, log }: RefusalContext): FastifyReply {
  const error = maskError(asPlatformError(thrown), requestId, log);
  return reply.code(statusOf(error.extensions)).send({ errors: [error] });
}

function statusOf(extensions: Readonly<Record<string, unknown>> | undefined): number {
  const code = extensions?.['code'];
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].status : 500;
}

/** Fastify's own refusals: a body too large, not JSON, another media type. */
function asPlatformError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof PlatformError || !('statusCode' in thrown)) return thrown;
  if (thrown.statusCode === 413) return new PlatformError('BODY_TOO_LARGE', thrown.message, {}, { cause: thrown });
  const isRefusal = typeof thrown.statusCode === 'number' && thrown.statusCode >= 400 && thrown.statusCode < 500;
  return isRefusal ? new PlatformError('BAD_USER_INPUT', thrown.message, {}, { cause: thrown }) : thrown;
}
