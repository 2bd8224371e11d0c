import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

const DESCRIPTION = 'The REST doors of Modelgraph: the Open Inference Protocol v2 for calls that are waited for, jobs for work that is queued, and the registries of Hugging Face and MLflow for their clients. '
  + 'Everything else, and this too, is one graph at /graphql.';

/** Before any route is made: what is told of them is gathered while they are. Routes without a tag stay out of it. */
export async function collectRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Modelgraph', version: '1', description: DESCRIPTION, license: { name: 'Apache-2.0' } },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, or a token of the configured issuer. On loopback none is needed.' } } },
      security: [{ key: [] }],
    },
  });
}

/** Scripts and styles from here alone; the library writes style attributes, and its icons are data: URLs. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

/** One document is here; a bar to type the address of another into would only lead astray. */
const PAGE_CSS = '.swagger-ui .topbar { display: none }';

/** The routes as an OpenAPI 3.1 document at /openapi.json, and Swagger UI for it at /docs, from our own files. */
export async function openApiRoutes(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (request) => { request.record.door = 'web'; });
  app.addHook('onSend', async (_request, reply) => { reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }); });
  app.get('/openapi.json', async (_request, reply) => reply.header('cache-control', 'no-cache').send(app.swagger()));
  await app.register(swaggerUi, {
    routePrefix: '/docs', staticCSP: POLICY, theme: { title: 'Modelgraph over REST', css: [{ filename: 'page.css', content: PAGE_CSS }] },
    uiConfig: { docExpansion: 'list', deepLinking: true, defaultModelsExpandDepth: -1, validatorUrl: null, url: '/openapi.json' },
  });
}
