import type { Span } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';

/** What is known of a request once it is over: the fields of its one log line. Never a path, which may hold a signed token. */
export interface RequestRecord {
  door: 'graphql' | 'websocket' | 'events' | 'bytes' | 'git' | 'oip' | 'hub' | 'mlflow' | 'jobs' | 'health' | 'web';
  requestId: string;
  startedAtMs: number;
  status?: number;
  method?: string;
  /** The prefix of a byte route. */
  prefix?: string;
  principalId?: string;
  operation?: string | null;
  kind?: string;
  /** What the operation may cost at most. */
  cost?: number;
  /** Codes of the errors that were answered. */
  codes?: string[];
  /** The limit that the request did not pass. */
  limit?: string;
  /** Results of a subscription. */
  results?: number;
  /** Where the operation is traced. */
  span?: Span;
}

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
  }
}

/** The name of the operation that a request record tells, cut to a length that keeps a log line a line. */
export function noteOperation(record: RequestRecord, operation: { name?: string | null; kind: string }): void {
  record.operation = operation.name?.slice(0, 100) ?? null;
  record.kind = operation.kind;
}

export function noteCost(record: RequestRecord, cost: number): void {
  record.cost = cost;
}

/** Why the request was refused, or what failed in it. */
export function noteErrors(record: RequestRecord, errors: readonly { extensions?: Readonly<Record<string, unknown>> }[]): void {
  record.codes = errors.map(({ extensions }) => String(extensions?.['code']));
  const limit = errors.map(({ extensions }) => extensions?.['limit']).find((name) => typeof name === 'string');
  if (limit !== undefined) record.limit = limit as string;
}

export function newRecord(request: FastifyRequest, door: RequestRecord['door']): RequestRecord {
  return { door, requestId: request.id, startedAtMs: performance.now(), method: request.method };
}
