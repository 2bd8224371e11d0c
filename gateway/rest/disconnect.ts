import type { FastifyReply } from 'fastify';

/** Aborts when the client is gone before its answer was sent whole. */
export function disconnectOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => { if (!reply.raw.writableFinished) controller.abort(); });
  return controller.signal;
}
