import { SpanKind, SpanStatusCode, type Span, type SpanContext } from '@opentelemetry/api';
import type { Log } from '../platform/log';
import { parseTraceparent } from '../platform/trace/traceparent';
import type { Tracing } from '../platform/trace/tracing';
import type { GatewayMetrics } from './metrics/gateway.metrics';
import type { RequestRecord } from './request.record';

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
