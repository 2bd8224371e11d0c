import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { executeOperation, subscribeOperation } from '../../platform/subgraph/run-operation';
import { TEST_SCOPE, type TestSubgraph } from './subgraphs';

/** Somebody else's server: it knows nothing of us, and answers GraphQL at /api over HTTP, graphql-ws and Server-Sent Events. */
export interface ForeignSubgraph {
  readonly url: string;
  /** Of all requests and sockets, in order. */
  readonly seen: IncomingHttpHeaders[];
  /** What sockets opened with and subscriptions carried. */
  readonly payloads: unknown[];
  /** Takes over from GraphQL until it is null again. */
  answer: ((request: IncomingMessage, response: ServerResponse, body: string) => void) | null;
  /** Connections that are open at this moment. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function serveForeign(subgraph: TestSubgraph): Promise<ForeignSubgraph> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, path: '/api' });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const foreign: ForeignSubgraph = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, seen: [], payloads: [], answer: null,
    connections: () => new Promise((resolve, reject) => { server.getConnections((error, count) => (error ? reject(error) : resolve(count))); }),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
  serveSockets(subgraph, sockets, foreign);
  const events = eventHandler(subgraph);
  server.on('request', (request, response) => {
    foreign.seen.push(request.headers);
    if (request.headers.accept?.includes('text/event-stream') && !foreign.answer) return void events(request, response);
    return void readBody(request).then((body) => (foreign.answer ?? ((_, reply, text) => answer(subgraph, reply, text)))(request, response, body));
  });
  return foreign;
}

function answer(subgraph: TestSubgraph, response: ServerResponse, body: string): void {
  const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
  const result = query.includes('_service') ? Promise.resolve({ data: { _service: { sdl: subgraph.sdl } } })
    : executeOperation(subgraph, { document: parse(query), variables, scope: TEST_SCOPE });
  void result.then((value) => response.writeHead(200, { 'content-type': 'application/graphql-response+json' }).end(JSON.stringify(value)));
}

function serveSockets(subgraph: TestSubgraph, sockets: WebSocketServer, { seen, payloads }: ForeignSubgraph): void {
  useServer({
    onConnect: ({ connectionParams, extra }) => { seen.push((extra as { request: IncomingMessage }).request.headers); payloads.push(connectionParams); },
    onSubscribe: (_context, _id, { query, variables, extensions }) => {
      payloads.push(extensions);
      return { schema: subgraph.schema, document: parse(query), variableValues: variables };
    },
    subscribe: ({ document, variableValues }) => subscribeOperation(subgraph, { document, variables: variableValues ?? undefined, scope: TEST_SCOPE }) as never,
  }, sockets);
}

function eventHandler(subgraph: TestSubgraph) {
  return createHandler({
    schema: subgraph.schema,
    onSubscribe: (_request, { query, variables }) => ({ schema: subgraph.schema, document: parse(query), variableValues: variables, contextValue: undefined }),
    subscribe: ({ document, variableValues }) => subscribeOperation(subgraph, { document, variables: variableValues ?? undefined, scope: TEST_SCOPE }) as never,
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
