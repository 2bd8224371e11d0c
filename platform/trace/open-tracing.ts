import type { Log } from '../log';
import type { ShutdownStack } from '../process/shutdown';
import type { Tracing, TracingSettings } from './tracing';

/** Sends spans by OTLP over HTTP, where that is configured. What it needs is loaded then, and only then. */
export function openTracing(settings: TracingSettings | null, service: string, { log, stack }: { log: Log; stack: ShutdownStack }): Tracing | null {
  if (settings === null) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- 0.1 s of CPU and 16 MiB that others need not spend
  const { OtlpTracing }: typeof import('./otlp-tracing') = require('./otlp-tracing');
  const tracing = new OtlpTracing(settings, service);
  stack.push('tracing', () => tracing.close().catch((error: unknown) => log.warn({ err: error }, 'last spans not sent')));
  return tracing;
}
