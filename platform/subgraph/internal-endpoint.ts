import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RequestScope } from '../caller';
import type { Log } from '../log';
import { acceptRawJson, readBody } from './graphql-endpoint';
import { IDENTITY_HEADER, type IdentityVerifier } from './identity-token';
import { NO_REQUEST_ID, replyRefusal } from './refusal';

/** A question that the gateway alone may ask: JSON in, JSON out. PlatformErrors reach the gateway, unknown ones are masked. */
export interface InternalRoute {
  /** Such as `/internal/authenticate`. */
  path: string;
  answer(body: unknown, scope: RequestScope): Promise<unknown>;
}

export interface InternalEndpointOptions {
  routes: readonly InternalRoute[];
  verifier: IdentityVerifier;
  log: Log;
}

export async function internalEndpoint(app: FastifyInstance, { routes, verifier, log }: InternalEndpointOptions): Promise<void> {
  acceptRawJson(app);
  app.setErrorHandler((error, _request, reply) => replyRefusal(error, reply, { requestId: NO_REQUEST_ID, log }));
  for (const { path, answer } of routes) {
    app.post<{ Body: Buffer }>(path, async ({ headers, body }, reply) => {
      const scope = await verifier.verify(headers[IDENTITY_HEADER], body);
      try {
        return await reply.send({ data: await answer(readBody(z.unknown(), body), scope) });
      } catch (error) {
        return replyRefusal(error, reply, { requestId: scope.requestId, log });
      }
    });
  }
}
