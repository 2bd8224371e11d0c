import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, PlatformError, type ErrorCode } from '../../platform/errors';
import { asHttpRefusal, refusalHeaders } from '../../platform/http-refusal';
import type { Log } from '../../platform/log';
import { MASKED_MESSAGE } from '../../platform/mask-error';
import { noteErrors } from '../request.record';
import { drain } from './drain';

export interface ClientError {
  code: ErrorCode;
  message: string;
  requestId: string;
  [detail: string]: unknown;
}

/** What a client may read of anything thrown outside of GraphQL execution; a fault of ours is logged whole and masked. */
export function describeError(thrown: unknown, requestId: string, log: Log): { status: number; error: ClientError } {
  const error = asHttpRefusal(thrown);
  if (error instanceof PlatformError && error.code !== 'INTERNAL_SERVER_ERROR') {
    return { status: statusOf(thrown, error.code), error: { ...error.details, code: error.code, message: error.message, requestId } };
  }
  log.error({ requestId, err: thrown }, 'request failed');
  return { status: 500, error: { code: 'INTERNAL_SERVER_ERROR', message: MASKED_MESSAGE, requestId } };
}

/** Answers an error as the REST and byte routes do; the GraphQL door gives its own shape. */
export async function replyError(
  thrown: unknown, request: FastifyRequest, reply: FastifyReply, options: { log: Log; shape?: (error: ClientError) => object; type?: string; challenge?: string },
): Promise<void> {
  const { status, error } = describeError(thrown, request.id, options.log);
  noteErrors(request.record, [{ extensions: error }]);
  if (!request.raw.complete) {
    // Answering while a body still comes in makes most clients see a reset connection instead of the answer.
    await drain(request.raw);
    if (!request.raw.complete) reply.header('connection', 'close');
  }
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', options.challenge ?? 'Bearer');
  reply.headers(refusalHeaders(error));
  const body = JSON.stringify(options.shape?.(error) ?? { error });
  await reply.code(status).type(options.type ?? 'application/json; charset=utf-8').send(body);
}

/** Answers what no route, and so no hook, has seen. */
export function replyUnroutable(thrown: unknown, requestId: string, { reply, log }: { reply: Pick<FastifyReply, 'raw'>; log: Log }): void {
  const { status, error } = describeError(thrown, requestId, log);
  reply.raw.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId }).end(JSON.stringify({ error }));
}

function statusOf(thrown: unknown, code: ErrorCode): number {
  return (thrown as { statusCode?: number }).statusCode ?? ERRORS[code].status;
}
