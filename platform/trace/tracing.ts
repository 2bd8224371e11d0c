import type { Attributes, Span, SpanContext, SpanKind } from '@opentelemetry/api';
import type { Log } from '../log';
import type { ShutdownStack } from '../process/shutdown';

export interface SpanStart {
  kind: SpanKind;
  /** Undefined begins a trace of its own. */
  parent: SpanContext | undefined;
  attributes?: Attributes;
}

/**
 * Makes spans. Contexts travel with the request's scope, never with the thread: what follows asynchronous calls by itself costs every
 * request, traced or not. A process without tracing holds null in its place.
 */
export interface Tracing {
  start(name: string, options: SpanStart): Span;
}

export interface TracingSettings {
  /** Of an OpenTelemetry collector, such as `http://collector:4318`. */
  endpoint: string;
  /** Of traces that begin here; a client's own decision is kept. */
  sampleRatio: number;
}

/** Sends spans by OTLP over HTTP, where that is configured. What it needs is loaded then, and only then. */
export function openTracing(settings: TracingSettings | null, service: string, { log, stack }: { log: Log; stack: ShutdownStack }): Tracing | null {
  if (settings === null) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- 0.1 s of CPU and 16 MiB that others need not spend
  const { OtlpTracing }: typeof import('./otlp-tracing') = require('./otlp-tracing');
  const tracing = new OtlpTracing(settings, service);
  stack.push('tracing', () => tracing.close().catch((error: unknown) => log.warn({ err: error }, 'last spans not sent')));
  return tracing;
}
