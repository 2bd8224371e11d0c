import type { FastifyInstance } from 'fastify';
import { PlatformError } from '../../platform/errors';
import type { Identification } from '../identity/identification';
import type { GatewayMetrics } from './gateway.metrics';

/** `/metrics` in Prometheus' text format, for operators: with their key where keys are demanded. */
export async function metricsRoutes(app: FastifyInstance, { metrics, identification }: { metrics: GatewayMetrics; identification: Identification }): Promise<void> {
  app.get('/metrics', async (request, reply) => {
    request.record.door = 'health';
    const { headers, raw } = request;
    const caller = await identification.identify({ authorization: headers.authorization, remoteAddress: raw.socket.remoteAddress, headers });
    if (!caller.isOperator) throw new PlatformError('FORBIDDEN', 'Metrics are for operators.');
    return reply.type(metrics.registry.contentType).header('cache-control', 'no-store').send(await metrics.text());
  });
}
