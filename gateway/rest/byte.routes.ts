import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteReply, ByteRoute } from '../../platform/bytes/byte-route';
import type { Caller } from '../../platform/caller';
import type { Log } from '../../platform/log';
import type { Identification } from '../identity/identification';
import { disconnectOf } from './disconnect';
import { drain } from './drain';
import { replyError } from './error.reply';

/** A path prefix such as `/uploads/`, and who answers what lies below it. */
export interface MountedByteRoute {
  prefix: string;
  route: ByteRoute;
}

export interface ByteRoutesOptions {
  routes: readonly MountedByteRoute[];
  identification: Identification;
  log: Log;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'];

/**
 * Streams bytes between clients and the subgraphs that own them, both ways, holding none. A signed URL may be used without a
 * key; its caller then has no role anywhere, and the route must find the permission in the URL.
 */
export async function byteRoutes(app: FastifyInstance, { routes, identification, log }: ByteRoutesOptions): Promise<void> {
  streamBodies(app);
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log }));
  for (const { prefix, route } of routes) {
    app.route({
      method: METHODS,
      url: `${prefix}*`,
      exposeHeadRoute: false,
      handler: (request, reply) => pass({ prefix, route, identification }, request, reply),
    });
  }
}

/** Bodies stay streams, whatever their type. */
export function streamBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
}

async function pass(
  to: MountedByteRoute & { identification: Identification }, request: FastifyRequest, reply: FastifyReply,
): Promise<FastifyReply> {
  const { record, raw, headers } = request;
  record.door = 'bytes';
  record.prefix = to.prefix;
  const caller = await to.identification.identifyBearerOfUrl({
    authorization: headers.authorization, remoteAddress: raw.socket.remoteAddress, headers,
  });
  return passTo(to.route, caller, request, reply);
}

/** Hands a request to the subgraph whose it is, and its answer to the client. */
export async function passTo(route: ByteRoute, caller: Caller, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  request.record.principalId = caller.principalId;
  const answer = await route({
    method: request.method, path: request.url, headers: request.headers, body: bodyOf(request.raw),
    signal: disconnectOf(reply), scope: { requestId: request.id, caller },
  });
  return send(answer, request, reply);
}

/**
 * The body apart from its connection: a route that fails in the middle destroys its end of the pipe, and the client still gets
 * an answer instead of a reset.
 */
function bodyOf(raw: IncomingMessage): Readable {
  if (raw.complete) return raw;
  const body = raw.pipe(new PassThrough());
  body.on('error', () => raw.unpipe(body));
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => { if (!raw.readableEnded) body.destroy(new Error('The client went away before the end of the body.')); });
  return body;
}

async function send({ status, headers = {}, body }: ByteReply, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(status).headers(headers);
  // A refusal while the body still comes in would reach most clients as a reset connection.
  if (status >= 400 && !request.raw.complete) await drain(request.raw);
  // An answer before the end of the body: what still comes is not read, so the connection cannot be used again.
  if (!request.raw.complete) reply.header('connection', 'close');
  if (request.method !== 'HEAD') return reply.send(body);
  if (body instanceof Readable) body.destroy();
  return reply.send();
}
