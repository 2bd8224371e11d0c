import { SpanKind, SpanStatusCode, type Span, type SpanContext } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { Log } from '../platform/log';
import { parseTraceparent } from '../platform/trace/traceparent';
import type { Tracing } from '../platform/trace/tracing';
import type { GatewayMetrics } from './metrics/gateway.metrics';

/** What is known of a request once it is over: the fields of its one log line. Never a path, which may hold a signed token. */
export interface RequestRecord {
  door: 'graphql' | 'websocket' | 'events' | 'bytes' | 'git' | 'oip' | 'jobs' | 'health' | 'web';
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

/** Where the outcome of every request is told, whatever its door: as one line of the log, and to the metrics. */
export class RequestLog {
  constructor(private readonly log: Log, private readonly metrics: Pick<GatewayMetrics, 'countRequest'>, private readonly tracing: Tracing | null = null) {}

  /** Begins the operation's span, as part of the trace that the client names; what runs for it is told by its scope. */
  trace(record: RequestRecord, traceparent: unknown): SpanContext | undefined {
    record.span = this.tracing?.start('graphql', { kind: SpanKind.SERVER, parent: parseTraceparent(traceparent) });
    return record.span?.spanContext();
  }

  add({ startedAtMs, span, ...outcome }: RequestRecord): void {
    const durationMs = performance.now() - startedAtMs;
    const record = span ? { ...outcome, traceId: span.spanContext().traceId } : outcome;
    if (span) endSpan(span, outcome);
    const level = record.door === 'health' || record.door === 'web' ? 'debug' : 'info';
    this.log[level]({ ...record, durationMs: Math.round(durationMs * 10) / 10 }, 'request');
    this.metrics.countRequest(record, durationMs);
  }
}

/** No document, no variables, no key: names and codes alone (OpenTelemetry's conventions for GraphQL servers). */
function endSpan(span: Span, { door, kind, operation, requestId, cost, codes }: Omit<RequestRecord, 'startedAtMs'>): void {
  if (kind) span.updateName(kind);
  span.setAttributes({
    'modelgraph.door': door, 'modelgraph.request.id': requestId, 'modelgraph.cost': cost, 'graphql.operation.type': kind,
    'graphql.operation.name': operation ?? undefined, 'error.type': codes?.[0],
  });
  if (codes?.length) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
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
