import type { Attributes, Span, SpanContext, SpanKind } from '@opentelemetry/api';

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
