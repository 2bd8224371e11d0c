import { SpanKind } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { z } from 'zod';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import { maskError } from '../mask-error';
import { parseTraceparent, TRACE_HEADER } from '../trace/traceparent';
import type { Tracing } from '../trace/tracing';
import { DocumentCache } from './document-cache';
import { IDENTITY_HEADER, type IdentityVerifier } from './identity-token';
import { NO_REQUEST_ID, replyGraphqlRefusal } from './refusal';
import { executeOperation } from './run-operation';
import type { Subgraph } from './subgraph';

export type ServedSubgraph = Pick<Subgraph, 'schema' | 'context' | 'bytePrefixes' | 'bytes'>;

export interface EndpointOptions {
  subgraph: ServedSubgraph;
  verifier: IdentityVerifier;
  log: Log;
  /** Null or none: nothing is traced. */
  tracing?: Tracing | null;
}

/** The gateway limits what clients send; what it adds are representations. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

const graphqlBody = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });

/** POST /graphql with JSON, as the GraphQL over HTTP specification draws it. */
export async function graphqlEndpoint(app: FastifyInstance, { subgraph, verifier, log, tracing }: EndpointOptions): Promise<void> {
  const documents = new DocumentCache(subgraph.schema);
  acceptRawJson(app);
  app.setErrorHandler((error, _request, reply) => replyGraphqlRefusal(error, reply, { requestId: NO_REQUEST_ID, log }));
  app.post<{ Body: Buffer }>('/graphql', async ({ headers, body }, reply) => {
    const caller = await verifier.verify(headers[IDENTITY_HEADER], body);
    const parent = tracing ? parseTraceparent(headers[TRACE_HEADER]) : undefined;
    const span = tracing?.start('execute', { kind: SpanKind.SERVER, parent });
    const scope = span ? { ...caller, trace: span.spanContext() } : caller;
    try {
      const { query, variables } = readBody(graphqlBody, body);
      const result = await executeOperation(subgraph, { document: documents.get(query), variables: variables ?? undefined, scope });
      return await reply.send(maskResult(result, scope.requestId, log));
    } catch (error) {
      return replyGraphqlRefusal(error, reply, { requestId: scope.requestId, log });
    } finally {
      span?.end();
    }
  });
}

export function maskResult(result: ExecutionResult, requestId: string, log: Log): FormattedExecutionResult {
  const { errors, ...rest } = result;
  return errors?.length ? { ...rest, errors: errors.map((error) => maskError(error, requestId, log)) } : rest;
}

/** The token is bound to the very bytes, so they are read before they are parsed. */
export function acceptRawJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES } as const;
  app.addContentTypeParser('application/json', options, (_request, body, done) => done(null, body));
}

/** @throws BAD_USER_INPUT */
export function readBody<Body>(shape: z.ZodType<Body>, body: Buffer): Body {
  try {
    return shape.parse(JSON.parse(body.toString()));
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The body is not the JSON that was expected here.', {}, { cause: error });
  }
}
