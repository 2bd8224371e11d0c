import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { ByteRoute } from '../../platform/bytes/byte-route';
import { OIP_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { Log } from '../../platform/log';
import type { Identification } from '../identity/identification';
import { passTo, streamBodies, type MountedByteRoute } from './byte.routes';
import { replyError } from './error.reply';
import { OIP_ROUTES } from './oip.documents';

export interface OipRoutesOptions {
  routes: readonly MountedByteRoute[];
  identification: Identification;
  log: Log;
}

/**
 * The Open Inference Protocol v2 at `/v2`, streamed to the inference subgraph, which reads it. Everything but health needs a key, as at `/graphql`; refusals
 * are `{"error", "code"}`, as the protocol's clients expect them.
 */
export async function oipRoutes(app: FastifyInstance, { routes, identification, log }: OipRoutesOptions): Promise<void> {
  const mounted = routes.find(({ prefix }) => prefix === OIP_PREFIX);
  if (!mounted) return;
  streamBodies(app);
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log, shape: ({ message, code }) => ({ error: message, code }) }));
  // Told for `/openapi.json` alone: bodies stay streams, and the subgraph checks them.
  app.setValidatorCompiler(() => () => true);
  const handler = handlerOf({ route: mounted.route, identification });
  for (const { method, url, schema } of OIP_ROUTES) app.route({ method, url, schema, handler, exposeHeadRoute: false });
  app.route({ method: ['GET', 'POST'], url: `${OIP_PREFIX}/*`, handler, exposeHeadRoute: false });
  app.route({ method: 'POST', url: OIP_PREFIX, handler });
}

function handlerOf({ route, identification }: { route: ByteRoute; identification: Identification }): RouteHandlerMethod {
  return async (request, reply) => {
    request.record.door = 'oip';
    request.record.prefix = OIP_PREFIX;
    const { raw, headers } = request;
    const credentials = { authorization: headers.authorization, remoteAddress: raw.socket.remoteAddress, headers };
    const caller = await (isHealth(request.url) ? identification.identifyBearerOfUrl(credentials) : identification.identify(credentials));
    return passTo(route, caller, request, reply);
  };
}

function isHealth(url: string): boolean {
  return url.startsWith(`${OIP_PREFIX}/health/`);
}
