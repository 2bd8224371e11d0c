import type { FastifyInstance } from 'fastify';
import { PlatformError } from '../../platform/errors';

/** By which clients of GraphQL over SSE name the one connection that all their operations share. */
const TOKEN_HEADER = 'x-graphql-event-stream-token';

/** Refuses the "single connection mode" of GraphQL over SSE, reservation and all, so that a client is told which mode to use. */
export function refuseSingleConnections(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ method, headers, query }) => {
    const isReservation = method === 'PUT' || method === 'DELETE';
    const hasToken = TOKEN_HEADER in headers || (asksForEvents(headers.accept) && isTokenAlone(query));
    if (isReservation || hasToken) throw new PlatformError(
      'SINGLE_CONNECTION_UNSUPPORTED',
      'Event streams are served one operation to a connection ("distinct connections mode" of GraphQL over SSE; graphql-sse: leave out singleConnection); to share one connection, use WebSocket.',
    );
  });
}

function asksForEvents(accept: string | undefined): boolean {
  return accept?.includes('text/event-stream') ?? false;
}

/** A stream that is opened for operations to come. */
function isTokenAlone(query: unknown): boolean {
  const given = query as Readonly<Record<string, unknown>>;
  return 'token' in given && !('query' in given) && !('documentId' in given);
}
