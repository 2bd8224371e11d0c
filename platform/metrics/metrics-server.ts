import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { messageOf, PlatformError } from '../errors';
import type { Log } from '../log';
import type { ShutdownStack } from '../process/shutdown';

export interface MetricsServerParts {
  registry: Registry;
  log: Log;
  stack: ShutdownStack;
}

/**
 * `GET /metrics` in Prometheus' text format on a port of its own, for processes that answer no clients. Whoever reaches it may read it: it tells numbers, and
 * ids of deployments.
 * @returns where it listens, such as `http://127.0.0.1:9464`; null settings listen nowhere
 * @throws PORT_IN_USE
 */
export async function serveMetrics(settings: { host: string; port: number } | null, { registry, log, stack }: MetricsServerParts): Promise<string | null> {
  if (settings === null) return null;
  const server = http.createServer((request, response) => void answer(registry, request, response).catch((error: unknown) => {
    log.warn({ reason: messageOf(error) }, 'metrics not told');
    response.writeHead(500).end();
  }));
  const { host } = settings;
  const port = await listen(server, settings);
  stack.push('metrics', () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ url }, 'metrics listen');
  return url;
}

async function answer(registry: Registry, { method, url }: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  if (url !== '/metrics') return void response.writeHead(404).end();
  if (method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text);
}

function listen(server: http.Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
      ? new PlatformError('PORT_IN_USE', `Something else listens on ${host}:${port} already; set METRICS_PORT to another, or to 0 for a free one.`, {}, { cause: error })
      : error));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
