import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { Log } from '../../../platform/log';
import type { Identification } from '../../identity/identification';
import { passTo, streamBodies, type MountedByteRoute } from '../byte.routes';
import { replyError } from '../error.reply';
import type { Dialect } from './dialect';

export interface DialectRoutesOptions {
  dialect: Dialect;
  routes: readonly MountedByteRoute[];
  identification: Identification;
  log: Log;
}

/** Streams what lies below the prefix of a dialect to the subgraph that speaks it. Every request needs a key, as at `/graphql`. */
export async function dialectRoutes(app: FastifyInstance, { dialect, routes, identification, log }: DialectRoutesOptions): Promise<void> {
  const mounted = routes.find(({ prefix }) => prefix === dialect.prefix);
  if (!mounted) return;
  streamBodies(app);
  app.setErrorHandler((error, request, reply) => {
    reply.headers(dialect.refusalHeaders?.(request, error) ?? {});
    return replyError(error, request, reply, { log, shape: dialect.shape });
  });
  // Told for `/openapi.json` alone: the subgraph checks what comes.
  app.setValidatorCompiler(() => () => true);
  const handler: RouteHandlerMethod = async (request, reply) => {
    request.record.door = dialect.door;
    request.record.prefix = dialect.prefix;
    const { raw, headers } = request;
    const authorization = dialect.bearerOf ? dialect.bearerOf(headers.authorization) : headers.authorization;
    return passTo(mounted.route, await identification.identify({ authorization, remoteAddress: raw.socket.remoteAddress, headers }), request, reply);
  };
  for (const { method, url, schema } of dialect.routes) app.route({ method, url, schema, handler, exposeHeadRoute: false });
  app.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], url: `${dialect.prefix}*`, handler, exposeHeadRoute: false });
}
