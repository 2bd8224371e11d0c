import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { TracedClient } from '../../gateway/trace/traced.client';
import { tracedPlan } from '../../gateway/trace/traced.plan';
import type { RequestScope } from '../../platform/caller';
import { silentLog } from '../../platform/log';
import { childEntry } from '../../platform/process/child-entry';
import { ShutdownStack } from '../../platform/process/shutdown';
import { openTracing } from '../../platform/trace/open-tracing';
import type { SpanStart, Tracing } from '../../platform/trace/tracing';
import { exchange, openDoors, post, type Doors } from '../support/door.gateway';
import { eventually } from '../support/eventually';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

/** Keeps spans where a test can read them. */
class KeptSpans implements Tracing {
  readonly exporter = new InMemorySpanExporter();
  readonly #tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] }).getTracer('test');

  start(name: string, { parent, ...options }: SpanStart): Span {
    return this.#tracer.startSpan(name, options, parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT);
  }

  /** Name and parent's name of each span of the trace, as they ended. */
  tree(traceId: string): [string, string | undefined][] {
    const spans = this.exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
    return spans.map(({ name, parentSpanContext }) => [name, spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.name]);
  }
}

describe('a traced operation', () => {
  const kept = new KeptSpans();
  const scopes: RequestScope[] = [];
  let doors: Doors;
  beforeAll(async () => {
    const client = new TracedClient({
      name: 'names', check: async () => null, close: async () => undefined, subscribe: async () => ({ errors: [] }),
      execute: async (_operation, _variables, scope) => { scopes.push(scope); return { data: { name: 'Ada' } }; },
    }, kept);
    const aroundPlan = <Plan>(scope: RequestScope, plan: () => Promise<Plan>) => tracedPlan(kept, scope, plan);
    const supergraph = buildSupergraph([{ client, sdl: 'type Query { name: String }' }], { aroundPlan });
    doors = await openDoors({ supergraph, tracing: kept });
  });
  beforeEach(() => { kept.exporter.reset(); scopes.length = 0; });
  afterAll(() => doors.close());

  const whole = [['plan', 'query'], ['fetch names', 'query'], ['query', undefined]];

  it('over HTTP is part of the trace that its client names, over the plan to the subgraph', async () => {
    await post(doors.url, 'query Who { name }', { headers: { traceparent: TRACEPARENT } });
    await eventually(() => expect(kept.tree(TRACE_ID)).toEqual(whole));
    expect(scopes[0]!.trace).toMatchObject({ traceId: TRACE_ID });
    expect(kept.exporter.getFinishedSpans().at(-1)!.attributes).toMatchObject({ 'modelgraph.door': 'graphql', 'graphql.operation.name': 'Who', 'graphql.operation.type': 'query' });
  });

  it('over Server-Sent Events just as well', async () => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', traceparent: TRACEPARENT };
    await exchange(`${doors.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ name }' }) });
    await eventually(() => expect(kept.tree(TRACE_ID)).toEqual(whole));
  });

  it('over WebSocket names its trace in its extensions', async () => {
    const client = createClient({ url: doors.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    await client.iterate({ query: '{ name }', extensions: { traceparent: TRACEPARENT } }).next();
    await client.dispose();
    await eventually(() => expect(kept.tree(TRACE_ID)).toEqual(whole));
  });

  it('that is refused tells why, and holds neither its document nor its key', async () => {
    await post(doors.url, '{ secretField }', { headers: { traceparent: TRACEPARENT, authorization: 'Bearer ada-key' } });
    await eventually(() => expect(kept.tree(TRACE_ID)).toEqual([['graphql', undefined]]));
    const { attributes } = kept.exporter.getFinishedSpans()[0]!;
    expect(attributes).toMatchObject({ 'error.type': 'GRAPHQL_VALIDATION_FAILED' });
    expect(JSON.stringify(attributes)).not.toMatch(/secretField|ada-key/);
  });

  it('with a broken header begins a trace of its own', async () => {
    await post(doors.url, '{ name }', { headers: { traceparent: '00-zz-yy-01' } });
    await eventually(() => expect(kept.exporter.getFinishedSpans()).toHaveLength(3));
    expect(new Set(kept.exporter.getFinishedSpans().map((span) => span.spanContext().traceId)).size).toBe(1);
  });
});

describe('the spans of a process', () => {
  it('are sent to the collector by the time that it stops', async () => {
    const paths: string[] = [];
    const collector = createServer((request, response) => { paths.push(`${request.method} ${request.url}`); request.resume().on('end', () => response.end()); });
    await new Promise<void>((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
    const { execArgv, file } = childEntry('test/support/traced.program');
    const program = spawn(process.execPath, [...execArgv, file, `http://127.0.0.1:${(collector.address() as AddressInfo).port}`], { stdio: 'inherit' });
    expect(await once(program, 'exit')).toEqual([0, null]);
    await new Promise((resolve) => { collector.close(resolve); collector.closeAllConnections(); });
    expect(paths).toEqual(['POST /v1/traces']);
  });

  it('are none without a collector', async () => {
    expect(openTracing(null, 'test', { log: silentLog(), stack: new ShutdownStack(silentLog()) })).toBeNull();
  });
});
