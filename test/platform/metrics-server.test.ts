import { Counter, Registry } from 'prom-client';
import { silentLog } from '../../platform/log';
import { serveMetrics } from '../../platform/metrics/metrics-server';
import { ShutdownStack } from '../../platform/process/shutdown';

describe('the metrics of a process that answers no clients', () => {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  const stack = new ShutdownStack(silentLog());
  const parts = { registry, log: silentLog(), stack };
  let url: string;
  beforeAll(async () => { url = (await serveMetrics({ host: '127.0.0.1', port: 0 }, parts))!; });
  afterAll(() => stack.close());

  it('are told at /metrics in the text format', async () => {
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, registry.contentType]);
    expect(await answer.text()).toContain('things_total 3');
  });

  it.each([['GET', '/', 404], ['GET', '/metrics/..%2f', 404], ['GET', '/metrics?x', 404], ['POST', '/metrics', 405], ['DELETE', '/metrics', 405]])('refuses %s %s with %i', async (method, path, status) => {
    expect((await fetch(`${url}${path}`, { method })).status).toBe(status);
  });

  it('say that a metric cannot be told, and go on', async () => {
    const told = jest.spyOn(registry, 'metrics').mockRejectedValueOnce(new Error('no database'));
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    told.mockRestore();
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('listen nowhere unless they are told to, and refuse a port in use', async () => {
    expect(await serveMetrics(null, parts)).toBeNull();
    await expect(serveMetrics({ host: '127.0.0.1', port: Number(new URL(url).port) }, parts)).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining('METRICS_PORT') });
  });
});
