import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../platform/errors';

/** One part that must answer before traffic should come: null when it does, otherwise why not. */
export interface ReadinessCheck {
  part: string;
  check(): Promise<string | null>;
  /** Requests are answered and work is accepted without it: told, but no reason to take the traffic away. */
  isOptional?: boolean;
}

const CHECK_TIMEOUT_MS = 2_000;

/** `/livez`: the process answers. `/readyz`: so do all its parts; those that don't are named, with 503 when requests need them. */
export async function healthRoutes(app: FastifyInstance, options: { readiness(): readonly ReadinessCheck[]; isClosing(): boolean }): Promise<void> {
  app.addHook('onRequest', async (request) => { request.record.door = 'health'; });
  app.get('/livez', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await Promise.all(options.readiness().map(probe));
    if (options.isClosing()) parts.push({ part: 'gateway', reason: 'shutting down', isOptional: false });
    const missing = parts.filter(({ reason }) => reason !== null);
    const isReady = missing.every(({ isOptional }) => isOptional);
    const status = !isReady ? 'not ready' : missing.length === 0 ? 'ready' : 'degraded';
    return reply.code(isReady ? 200 : 503).header('cache-control', 'no-store').send({
      status, parts: parts.map(({ part }) => part), missing: missing.map(({ part, reason }) => ({ part, reason })),
    });
  });
}

async function probe({ part, check, isOptional = false }: ReadinessCheck): Promise<{ part: string; reason: string | null; isOptional: boolean }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => { timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS); });
  try {
    return { part, isOptional, reason: await Promise.race([check(), late]) };
  } catch (error) {
    return { part, isOptional, reason: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
