import type { ApolloServer } from '@apollo/server';
import fastifyCompress from '@fastify/compress';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../platform/log';
import type { ForwardedHeaders } from '../identity/forwarded.headers';
import { TRACE_HEADER } from '../../platform/trace/traceparent';
import type { Identification } from '../identity/identification';
import type { RequestLog } from '../request.log';
import { COMPRESSION } from '../rest/compression';
import { disconnectOf } from '../rest/disconnect';
import { replyError } from '../rest/error.reply';
import { readJsonBodies, type JsonBodyOptions } from '../rest/json.body';
import type { Admission } from './admission';
import type { OperationContext } from './apollo.server';
import { toClientError } from './client-error';
import { asGraphQL, mediaTypeFor, replyCacheable, replyErrors } from './http.answer';
import { askedOf, toApollo } from './http.request';
import type { OperationRunner } from './operation.runner';
import { answerPlainPost, plainPostOf } from './plain.post';
import { refuseSingleConnections } from './single.connection';

export interface HttpDoorOptions {
  apollo: ApolloServer<OperationContext>;
  runner: OperationRunner;
  admission: Admission;
  identification: Identification;
  forwarding: ForwardedHeaders;
  body: JsonBodyOptions;
  requests: RequestLog;
  log: Log;
}

/** GraphQL over HTTP at /graphql (GET for queries, POST), refusals in GraphQL's own shape. */
export async function httpDoor(app: FastifyInstance, options: HttpDoorOptions): Promise<void> {
  const { identification, forwarding, body, requests, log } = options;
  const contexts = new WeakMap<FastifyRequest, OperationContext>();
  await app.register(fastifyCompress, COMPRESSION);
  readJsonBodies(app, body);
  app.addHook('onRequest', async (request, reply) => {
    request.record.door = 'graphql';
    const { authorization } = request.headers;
    const caller = await identification.identify({
      authorization, remoteAddress: request.raw.socket.remoteAddress, headers: request.headers,
    });
    request.record.principalId = caller.principalId;
    const trace = requests.trace(request.record, request.headers[TRACE_HEADER]);
    const signal = disconnectOf(reply);
    const scope = forwarding.into({ requestId: request.id, caller, trace, signal }, request.headers);
    contexts.set(request, { scope, record: request.record, signal, admitted: null, tellsCost: true });
  });
  refuseSingleConnections(app);
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply.header('cache-control', 'no-store'), { log, shape: asGraphQL, type: mediaTypeFor(request) }));
  app.route({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: '/graphql',
    bodyLimit: body.maxBytes,
    handler: (request, reply) => answer(request, reply, { context: contexts.get(request)!, options }),
  });
}

async function answer(
  request: FastifyRequest, reply: FastifyReply, { context, options }: { context: OperationContext; options: HttpDoorOptions },
): Promise<FastifyReply> {
  const { apollo, runner, admission, log } = options;
  const asked = askedOf(request);
  const admitted = asked && admission.admit(asked);
  if (admitted && 'errors' in admitted) {
    return replyErrors(request, reply, admitted.errors.map((error) => toClientError(error, request.id, log)));
  }
  const plain = admitted && plainPostOf(request, admitted);
  if (plain) return answerPlainPost(plain, reply, { context, admission, runner });
  const isCacheable = request.method === 'GET' && admitted !== null && admitted.isPersisted;
  Object.assign(context, { admitted, tellsCost: !isCacheable });
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toApollo(request, admitted), context: async () => context,
  });
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status ?? 200);
  if (body.kind !== 'complete') throw new Error('Incremental delivery is not offered.');
  if (reply.statusCode >= 400) return reply.header('cache-control', 'no-store').send(withRequestId(body.string, request));
  if (isCacheable && !request.record.codes) return replyCacheable(body.string, request, reply);
  return reply.header('cache-control', 'no-store').send(body.string);
}

/** Apollo's own refusals (no document, CSRF) know no request id; those of the executor have it already. */
function withRequestId(body: string, request: FastifyRequest): string {
  const answered = JSON.parse(body) as { errors?: { extensions?: Record<string, unknown> }[] };
  for (const error of answered.errors ?? []) error.extensions = { ...error.extensions, requestId: request.id };
  request.record.codes ??= answered.errors?.map(({ extensions }) => String(extensions?.['code']));
  return JSON.stringify(answered);
}
