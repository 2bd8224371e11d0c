import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteReply, ByteRequest } from '../bytes/byte-route';
import type { RequestScope } from '../caller';
import { contentOfBytes, IDENTITY_HEADER } from './identity-token';
import type { EndpointOptions } from './graphql-endpoint';
import { NO_REQUEST_ID, replyRefusal } from './refusal';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Streams what lies below the subgraph's byte prefixes, both ways, holding none of it. */
export async function byteEndpoint(app: FastifyInstance, { subgraph, verifier, log }: EndpointOptions): Promise<void> {
  const { bytes, bytePrefixes } = subgraph;
  if (!bytes) return;
  // Bodies stay streams, whatever their type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, _request, reply) => replyRefusal(error, reply, { requestId: NO_REQUEST_ID, log }));
  for (const prefix of bytePrefixes) {
    app.route({ method: METHODS, url: `${prefix}*`, exposeHeadRoute: false, handler: async (request, reply) => {
      const { method, url, headers } = request;
      const scope = await verifier.verify(headers[IDENTITY_HEADER], contentOfBytes(method, url));
      try {
        return send(await bytes(toByteRequest(request, reply, scope)), request, reply);
      } catch (error) {
        return replyRefusal(error, closeUnlessRead(request, reply), { requestId: scope.requestId, log });
      }
    } });
  }
}

function toByteRequest({ method, url, headers, raw }: FastifyRequest, reply: FastifyReply, scope: RequestScope): ByteRequest {
  const leaving = new AbortController();
  reply.raw.once('close', () => { if (!reply.raw.writableFinished) leaving.abort(); });
  return { method, path: url, headers, body: raw, signal: leaving.signal, scope };
}

function send({ status, headers = {}, body }: ByteReply, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  closeUnlessRead(request, reply).code(status).headers(headers);
  if (request.method !== 'HEAD') return reply.send(body);
  if (body instanceof Readable) body.destroy();
  return reply.send();
}

/** An answer before the end of the body: what still comes is not read, so the connection cannot be used again. */
function closeUnlessRead({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return raw.complete ? reply : reply.header('connection', 'close');
}
