import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface CollectedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentId: string;
}

export interface OtlpCollector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** All that was sent, byte by byte. */
  readonly text: () => string;
  close(): Promise<void>;
}

/** An OpenTelemetry collector (OTLP over HTTP, protobuf) that keeps what it gets. */
export async function startCollector(): Promise<OtlpCollector> {
  const bodies: Buffer[] = [];
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks);
      bodies.push(body);
      spans.push(...readSpans(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, text: () => bodies.map((body) => body.toString('latin1')).join('\n'),
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

/** ExportTraceServiceRequest → ResourceSpans (1) → its Resource (1) and ScopeSpans (2) → Span (2), by the field numbers of opentelemetry-proto 1.x. */
function readSpans(body: Buffer): CollectedSpan[] {
  return fields(body, 1).flatMap((resourceSpans) => {
    const attributes = fields(resourceSpans, 1).flatMap((resource) => fields(resource, 1));
    const service = attributes.find((attribute) => String(fields(attribute, 1)[0]) === 'service.name');
    const name = service ? String(fields(fields(service, 2)[0]!, 1)[0]) : '';
    return fields(resourceSpans, 2).flatMap((scopeSpans) => fields(scopeSpans, 2)).map((span) => toSpan(span, name));
  });
}

function toSpan(span: Buffer, service: string): CollectedSpan {
  const hex = (field: number) => (fields(span, field)[0] ?? Buffer.alloc(0)).toString('hex');
  return { service, name: String(fields(span, 5)[0]), traceId: hex(1), spanId: hex(2), parentId: hex(4) };
}

/** The length-delimited fields of one number in a protobuf message. */
function fields(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < message.length;) {
    const tag = varint(message, at);
    const [number, type] = [tag.value >> 3, tag.value & 7];
    const length = type === 2 ? varint(message, tag.next) : { value: type === 1 ? 8 : type === 5 ? 4 : 0, next: tag.next };
    const end = type === 0 ? varint(message, tag.next).next : length.next + length.value;
    if (type === 2 && number === wanted) found.push(message.subarray(length.next, end));
    at = end;
  }
  return found;
}

function varint(message: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 1; ; shift *= 128, at += 1) {
    value += (message[at]! & 127) * shift;
    if (message[at]! < 128) return { value, next: at + 1 };
  }
}
