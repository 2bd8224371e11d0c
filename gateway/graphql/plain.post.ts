import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { withCost } from '../cost/charge';
import { noteCost, noteErrors, noteOperation } from '../request.record';
import type { Admission, Admitted } from './admission';
import type { OperationContext } from './apollo.server';
import type { OperationRunner } from './operation.runner';
import { overloadOf } from './overload';

const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

/** By the Accept header, word for word, of curl, fetch, GraphiQL and Apollo Client; any other is left to Apollo Server's negotiation. */
const ANSWER_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/json, multipart/mixed', JSON_TYPE],
  ['application/graphql-response+json', RESPONSE_TYPE],
  ['application/graphql-response+json, application/json', RESPONSE_TYPE],
  ['application/graphql-response+json,application/json;q=0.9', RESPONSE_TYPE],
]);

/** A POST that leaves nothing of the protocol to decide. */
export interface PlainPost {
  admitted: Admitted;
  /** The client's own name of it; null: the only one. */
  operationName: string | null;
  variables: Readonly<Record<string, unknown>> | undefined;
  answerType: string;
}

/** Null for whatever is rarer, which Apollo Server answers: other methods and media types, subscriptions, variables that are no object. */
export function plainPostOf({ method, headers, body }: FastifyRequest, admitted: Admitted): PlainPost | null {
  const answerType = ANSWER_TYPES.get(headers.accept);
  const isJson = headers['content-type'] === 'application/json' || headers['content-type'] === JSON_TYPE;
  if (method !== 'POST' || !isJson || answerType === undefined || admitted.operation.operation === 'subscription') return null;
  const { operationName, variables } = body as { operationName?: string | null; variables?: unknown };
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return null;
  return { admitted, operationName: operationName ?? null, variables: (variables ?? undefined) as PlainPost['variables'], answerType };
}

/**
 * Answers as Apollo Server would, at a third of its cost: most requests that a busy gateway gets need none of its pipeline. `test/gateway/plain-posts.test.ts`
 * holds both ways against each other.
 * @throws COST_TOO_HIGH, RATE_LIMITED
 */
export async function answerPlainPost(
  { admitted, operationName, variables, answerType }: PlainPost, reply: FastifyReply,
  { context, admission, runner }: { context: OperationContext; admission: Admission; runner: OperationRunner },
): Promise<FastifyReply> {
  const { record, signal } = context;
  const { document, operation } = admitted;
  noteOperation(record, { name: operation.name?.value, kind: operation.operation });
  const scope = await admission.charge(admitted, variables, context.scope);
  noteCost(record, scope.charge.cost);
  // What a mutation has begun it also ends, whether its client still listens or not.
  const endsWithClient = operation.operation === 'query';
  const result = await runner.execute({ document, operationName, variables, scope, signal: endsWithClient ? signal : undefined });
  if (result.errors) noteErrors(record, result.errors);
  tellOutcome(reply, result);
  const { errors, data, extensions } = withCost(result, scope);
  return reply.header('cache-control', 'no-store').header('content-type', answerType).send(JSON.stringify({ errors, data, extensions }));
}

/** Nothing was run of a request whose variables do not fit. */
function tellOutcome(reply: FastifyReply, result: ExecutionResult): void {
  const overload = overloadOf(result);
  if (overload) reply.code(overload.status).header('retry-after', overload.retryAfter);
  else if (result.errors?.length && result.data === undefined) reply.code(400);
}
