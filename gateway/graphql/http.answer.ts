import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import { noteErrors } from '../request.record';
import type { ClientError } from '../rest/error.reply';

const RESPONSE_TYPE = 'application/graphql-response+json';

/** The media type of a refusal (GraphQL over HTTP, 6.1): the newer one for clients that name it. */
export function mediaTypeFor({ headers }: FastifyRequest): string {
  return `${headers.accept?.includes(RESPONSE_TYPE) ? RESPONSE_TYPE : 'application/json'}; charset=utf-8`;
}

/** A refusal as GraphQL over HTTP tells it. */
export function asGraphQL({ message, ...extensions }: ClientError): object {
  return { errors: [{ message, extensions }] };
}

/** Refuses a document. */
export function replyErrors(request: FastifyRequest, reply: FastifyReply, errors: readonly GraphQLError[]): FastifyReply {
  noteErrors(request.record, errors);
  return reply.code(400).header('cache-control', 'no-store').type(mediaTypeFor(request)).send(JSON.stringify({ errors }));
}

/**
 * The answer to a persisted document that was asked for by GET: kept by the client alone, since it depends on its key, and sent again
 * only when it has changed.
 */
export function replyCacheable(body: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'origin, authorization, accept, accept-encoding' });
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.send(body);
}

/** Compression makes an entity tag weak; the comparison is the weak one (RFC 9110 §13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag) ?? false;
}
