import { SpanKind } from '@opentelemetry/api';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { openTracing } from '../../platform/trace/open-tracing';

/** A process that ends a span and then itself, as the platform's do. Of its own, since Jest has no `import()` for the exporter. */
async function main(): Promise<void> {
  const log = silentLog();
  const stack = new ShutdownStack(log);
  const tracing = openTracing({ endpoint: process.argv[2]!, sampleRatio: 1 }, 'test', { log, stack });
  tracing!.start('one', { kind: SpanKind.INTERNAL, parent: undefined }).end();
  await stack.close();
}

void main();
