import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PlatformError } from '../../platform/errors';

const parameters = z.object({
  query: z.string('a document as text'),
  operationName: z.string('a name as text').nullish(),
  variables: z.record(z.string(), z.unknown(), 'an object of variables').nullish(),
});

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

function fromQuery({ query, operationName, variables }: Record<string, unknown>): unknown {
  if (typeof variables !== 'string') return { query, operationName };
  try {
    return { query, operationName, variables: JSON.parse(variables) as unknown };
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The variables in the URL are no JSON.', {}, { cause: error });
  }
}
