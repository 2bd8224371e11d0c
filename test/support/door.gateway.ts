import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from '../../gateway/server';
import { ForwardedHeaders } from '../../gateway/identity/forwarded.headers';
import { GatewayMetrics } from '../../gateway/metrics/gateway.metrics';
import type { GatewaySettings } from '../../gateway/settings';
import type { Caller } from '../../platform/caller';
import { silentLog } from '../../platform/log';
import { eventually } from './eventually';
import { doorSchema } from './door.schema';
import { supergraphOf } from './schema.supergraph';

export const ada: Caller = { principalId: 'ada', name: 'Ada', isOperator: false, roles: { default: 'CALLER' } };

/** The gateway over a plain schema, on a free port, with one key: `ada-key`. */
export async function openDoors(overrides: Partial<Omit<GatewayServerOptions, 'settings'>> & { settings?: Partial<GatewaySettings> } = {}) {
  const { schema, tickers } = doorSchema();
  const keys = new Map([['ada-key', ada]]);
  const settings: GatewaySettings = {
    host: '127.0.0.1', port: 0, publicUrl: null, allowedHosts: [], allowedOrigins: [], bodyMaxBytes: 64 * 1024, bodyTimeoutMs: 5_000, frameMaxBytes: 64 * 1024, allowsIntrospection: true,
    maxCost: 10_000, trustMode: 'off',
    streams: { perKey: 150, total: 300 }, ...overrides.settings,
  };
  const server: GatewayServer = await createGatewayServer({
    supergraph: supergraphOf(schema), authenticator: { authenticate: async (secret) => keys.get(secret) ?? null },
    byteRoutes: [], log: silentLog(), readiness: () => [], forwarding: new ForwardedHeaders(), metrics: new GatewayMetrics(), tracing: null, budget: null, trusted: null, ...overrides, settings,
  });
  return { ...server, tickers, keys, port: Number(new URL(server.url).port), socketUrl: `${server.url.replace('http', 'ws')}/graphql` };
}
export type Doors = Awaited<ReturnType<typeof openDoors>>;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A plain HTTP exchange in which every header, Host included, is the test's own. */
export function exchange(url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject).end(body);
  });
}

export interface GraphQLAnswer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: (string | number)[]; locations?: unknown[]; extensions: { code: string; requestId: string; [name: string]: unknown } }[];
}

export async function post(url: string, query: string, options: { headers?: Record<string, string>; variables?: object; operationName?: string } = {}) {
  const { headers, ...rest } = options;
  const answer = await exchange(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, ...rest }) });
  return { ...answer, body: JSON.parse(answer.text) as GraphQLAnswer };
}

/** A graphql-ws client that neither retries nor lingers; `closed` resolves with the close code. */
export function connect(url: string, options: { connectionParams?: Record<string, unknown>; headers?: Record<string, string> } = {}) {
  class Socket extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: options.headers ?? {} });
    }
  }
  let onClosed: (close: { code: number; reason: string }) => void;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => { onClosed = resolve; });
  const client: Client = createClient({
    url, webSocketImpl: Socket, retryAttempts: 0, connectionParams: options.connectionParams ?? {}, lazy: false, onNonLazyError: () => undefined,
    on: { closed: (event) => onClosed(event as { code: number; reason: string }) },
  });
  return { client, closed };
}

/** Once the buffers of both kernels are full a source that is held back stands still; resolves with what it has given by then. */
export async function standstill({ tickers }: Pick<Doors, 'tickers'>): Promise<number> {
  let last = -1;
  await eventually(() => {
    const count = tickers[0]?.count ?? 0;
    const stood = count > 0 && count === last;
    last = count;
    expect(stood).toBe(true);
  }, { intervalMs: 300 });
  return last;
}
