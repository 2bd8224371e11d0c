import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build:web` puts the bundle: dist/web of the package, seen from the sources and from dist/ alike. */
export function builtWebDir(): string {
  let dir = __dirname;
  while (!existsSync(path.join(dir, 'package.json')) && path.dirname(dir) !== dir) dir = path.dirname(dir);
  return path.join(dir, 'dist', 'web');
}

/** GraphiQL at /graphiql, from our own bundle: nothing on the page comes from another host, and the policy holds it to that. */
export async function graphiqlRoutes(app: FastifyInstance, { webDir }: { webDir: string }): Promise<void> {
  app.addHook('onRequest', async (request) => { request.record.door = 'web'; });
  app.get('/', async (_request, reply) => reply.redirect('/graphiql', 302));
  if (!existsSync(path.join(webDir, 'index.html'))) {
    app.get(
      '/graphiql', async (_request, reply) => reply.code(404).type('text/plain').send('GraphiQL is not built; run "npm run build:web".\n'),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: path.join(webDir, 'assets'), prefix: '/graphiql/assets/', decorateReply: true,
    // Names of assets hold a hash of their content.
    immutable: true, maxAge: '365d', cacheControl: true, index: false,
    setHeaders: (response) => response.setHeader('x-content-type-options', 'nosniff'),
  });
  app.get('/graphiql', async (request, reply) => reply
    .headers({
      'content-security-policy': contentSecurityPolicy(request.headers.host ?? ''),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    .sendFile('index.html', webDir, { cacheControl: false, lastModified: false, etag: true })
    .header('cache-control', 'no-cache'));
  app.get('/graphiql/', async (_request, reply) => reply.redirect('/graphiql', 302));
}

/** Monaco writes style elements and data: fonts; sockets are named since not every browser counts them to 'self'. */
function contentSecurityPolicy(host: string): string {
  return [
    "default-src 'none'", "script-src 'self'", "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'", "font-src 'self' data:", "img-src 'self' data:",
    `connect-src 'self' ws://${host} wss://${host}`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ');
}
