import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';

/**
 * Ends, when the server stops, connections that have sent no request yet. Clients open them in advance (undici after an abort, browsers on a
 * guess), and Node counts none of them as idle: the server would wait for them.
 */
export function endUnusedConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  for (const use of ['request', 'upgrade'] as const) app.server.prependListener(use, ({ socket }: { socket: Socket }) => { unused.delete(socket); });
  app.addHook('preClose', async () => { for (const socket of unused) socket.destroy(); });
}
