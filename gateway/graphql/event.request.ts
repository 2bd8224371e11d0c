import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PlatformError } from '../../platform/errors';

const parameters = z.object({
  query: z.string('a document as text').nullish(),
  documentId: z.string('an id as text').nullish(),
  extensions: z.record(z.string(), z.unknown(), 'an object of extensions').nullish(),
  operationName: z.string('a name as text').nullish(),
  variables: z.record(z.string(), z.unknown(), 'an object of variables').nullish(),
}).refine(({ query, documentId, extensions }) => query || documentId || extensions, { path: ['query'], message: 'a document as text, or its id' });

/** The parameters of GraphQL over HTTP. */
export type EventRequest = z.infer<typeof parameters>;

/**
 * Of a POST's JSON body or a GET's query string.
 * @throws BAD_USER_INPUT
 */
export function readEventRequest({ method, body, query }: FastifyRequest): EventRequest {
  const given = method === 'GET' ? fromQuery(query as Record<string, unknown>) : body;
  const result = parameters.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `Expected JSON with query, operationName and variables; ${issue?.path.join('.') || 'the body'}: ${issue?.message}.`);
}

function fromQuery({ variables, extensions, ...rest }: Record<string, unknown>): unknown {
  return { ...rest, variables: parsed('variables', variables), extensions: parsed('extensions', extensions) };
}

function parsed(name: string, json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', `The ${name} in the URL are no JSON.`, {}, { cause: error });
  }
}
