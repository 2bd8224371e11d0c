import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../platform/errors';

/** One part that must answer before traffic should come: null when it does, otherwise why not. */
export interface ReadinessCheck {
  part: string;
  check(): Promise<string | null>;
}

const CHECK_TIMEOUT_MS = 2_000;

/** `/livez`: the process answers. `/readyz`: so do all its parts; 503 names those that don't. */
export async function healthRoutes(app: FastifyInstance, options: { readiness: readonly ReadinessCheck[]; isClosing(): boolean }): Promise<void> {
  app.addHook('onRequest', async (request) => { request.record.door = 'health'; });
  app.get('/livez', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await Promise.all(options.readiness.map(probe));
    if (options.isClosing()) parts.push({ part: 'gateway', reason: 'shutting down' });
    const missing = parts.filter(({ reason }) => reason !== null);
    const isReady = missing.length === 0;
    return reply.code(isReady ? 200 : 503).header('cache-control', 'no-store').send({ status: isReady ? 'ready' : 'not ready', parts: parts.map(({ part }) => part), missing });
  });
}

async function probe({ part, check }: ReadinessCheck): Promise<{ part: string; reason: string | null }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => { timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS); });
  try {
    return { part, reason: await Promise.race([check(), late]) };
  } catch (error) {
    return { part, reason: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
