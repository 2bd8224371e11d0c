import type { FastifyInstance } from 'fastify';
import type { HostGuard } from './host-guard';

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, x-request-id, apollo-require-preflight, range, if-none-match, '
    + 'inference-header-content-length, inference-timeout-ms, idempotency-key, last-event-id, '
    + 'tus-resumable, upload-length, upload-offset, upload-metadata, upload-checksum, x-http-method-override',
  'access-control-max-age': '600',
};

/** Every request passes the guard first; pages of allowed origins may read what we answer (Fetch standard, CORS protocol). */
export function guardDoors(app: FastifyInstance, guard: () => HostGuard, isOpen: (path: string) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (isOpen(request.url)) return undefined;
    guard().check(request.raw);
    const { origin } = request.headers;
    reply.header('vary', 'origin');
    if (origin === undefined || !guard().allowsOrigin(origin)) return undefined;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'x-request-id, etag, location, content-range, retry-after, server-timing, inference-header-content-length, '
        + 'accept-ranges, link, x-error-code, x-linked-etag, x-linked-size, x-repo-commit, '
        + 'tus-resumable, tus-version, tus-extension, tus-max-size, upload-offset, upload-length, upload-expires, upload-metadata, modelgraph-upload-id',
    });
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) return reply.headers(PREFLIGHT).code(204).send();
    return undefined;
  });
}
