import type { FastifyRequest } from 'fastify';
import type { Log } from '../platform/log';

/** What is known of a request once it is over: the fields of its one log line. Never a path, which may hold a signed token. */
export interface RequestRecord {
  door: 'graphql' | 'websocket' | 'events' | 'bytes' | 'health' | 'web';
  requestId: string;
  startedAtMs: number;
  status?: number;
  method?: string;
  /** The prefix of a byte route. */
  prefix?: string;
  principalId?: string;
  operation?: string | null;
  kind?: string;
  /** Codes of the errors that were answered. */
  codes?: string[];
  /** Results of a subscription. */
  results?: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
  }
}

export function logRequest(log: Log, { startedAtMs, ...record }: RequestRecord): void {
  const level = record.door === 'health' || record.door === 'web' ? 'debug' : 'info';
  log[level]({ ...record, durationMs: Math.round((performance.now() - startedAtMs) * 10) / 10 }, 'request');
}

/** The name of the operation that a request record tells, cut to a length that keeps a log line a line. */
export function noteOperation(record: RequestRecord, operation: { name?: string | null; kind: string }): void {
  record.operation = operation.name?.slice(0, 100) ?? null;
  record.kind = operation.kind;
}

export function newRecord(request: FastifyRequest, door: RequestRecord['door']): RequestRecord {
  return { door, requestId: request.id, startedAtMs: performance.now(), method: request.method };
}
