import type { FastifyReply } from 'fastify';
import { ERRORS, isErrorCode } from '../errors';
import { asHttpRefusal, refusalHeaders } from '../http-refusal';
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
  const { message, extensions } = maskError(asHttpRefusal(thrown), requestId, log);
  return reply.code(statusOf(extensions)).headers(refusalHeaders(extensions)).send({ error: { ...extensions, message } });
}

/** The same in the shape of GraphQL over HTTP. */
export function replyGraphqlRefusal(thrown: unknown, reply: FastifyReply, { requestId, log }: RefusalContext): FastifyReply {
  const error = maskError(asHttpRefusal(thrown), requestId, log);
  return reply.code(statusOf(error.extensions)).send({ errors: [error] });
}

function statusOf(extensions: Readonly<Record<string, unknown>> | undefined): number {
  const code = extensions?.['code'];
  return isErrorCode(code) ? ERRORS[code].status : 500;
}
