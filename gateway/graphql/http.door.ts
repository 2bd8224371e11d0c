import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Log } from '../../platform/log';
import type { Identification } from '../identity/identification';
import { disconnectOf } from '../rest/disconnect';
import { replyError, type ClientError } from '../rest/error.reply';
import type { OperationContext } from './apollo.server';

export interface HttpDoorOptions {
  apollo: ApolloServer<OperationContext>;
  identification: Identification;
  bodyMaxBytes: number;
  log: Log;
}

/** GraphQL over HTTP at /graphql (GET for queries, POST), refusals in GraphQL's own shape. */
export async function httpDoor(app: FastifyInstance, options: HttpDoorOptions): Promise<void> {
  const { apollo, identification, bodyMaxBytes, log } = options;
  const contexts = new WeakMap<FastifyRequest, OperationContext>();
  const handle = asFunction(fastifyApolloHandler(apollo, { context: async (request) => contexts.get(request)! }));

  app.addHook('onRequest', async (request, reply) => {
    request.record.door = 'graphql';
    const { authorization } = request.headers;
    const caller = await identification.identify({
      authorization, remoteAddress: request.raw.socket.remoteAddress, headers: request.headers,
    });
    request.record.principalId = caller.principalId;
    contexts.set(request, { scope: { requestId: request.id, caller }, record: request.record, signal: disconnectOf(reply) });
  });
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log, shape: asGraphQL }));
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    bodyLimit: bodyMaxBytes,
    async handler(request, reply) {
      const body = await handle.call(app, request, reply);
      return reply.statusCode >= 400 && typeof body === 'string' ? withRequestId(body, request) : body;
    },
  });
}

/** A refusal as GraphQL over HTTP tells it. */
export function asGraphQL({ message, ...extensions }: ClientError): object {
  return { errors: [{ message, extensions }] };
}

/** Apollo's own refusals (no document, CSRF, limits) know no request id; those of the executor have it already. */
function withRequestId(body: string, request: FastifyRequest): string {
  const answer = JSON.parse(body) as { errors?: { extensions?: Record<string, unknown> }[] };
  for (const error of answer.errors ?? []) error.extensions = { ...error.extensions, requestId: request.id };
  request.record.codes ??= answer.errors?.map(({ extensions }) => String(extensions?.['code']));
  return JSON.stringify(answer);
}

function asFunction(handler: RouteHandlerMethod): (this: FastifyInstance, ...args: Parameters<RouteHandlerMethod>) => unknown {
  return handler as never;
}
