import { TraceFlags, type SpanContext } from '@opentelemetry/api';

/** The header by which one process tells the next what it is part of (W3C Trace Context, level 1). */
export const TRACE_HEADER = 'traceparent';

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for what is no such header: the trace then begins here, as the specification wants it. */
export function parseTraceparent(header: unknown): SpanContext | undefined {
  if (typeof header !== 'string' || header.length > 200) return undefined;
  const [, traceId, spanId, flags] = FORM.exec(header) ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

/** Of a span that is kept; undefined where there is none, for nobody would follow it. */
export function sampledTraceparent(context: SpanContext | undefined): string | undefined {
  return context && context.traceFlags & TraceFlags.SAMPLED ? formatTraceparent(context) : undefined;
}

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
