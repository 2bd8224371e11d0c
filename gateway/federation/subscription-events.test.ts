import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { SubscriptionEvents } from './subscription-events';

const scope = { requestId: 'request-1', caller: BOOTSTRAP_ADMIN };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const close of closers.splice(0)) await close(); });

/** A subgraph that answers as it is told. */
async function subscribeTo(answer: (response: ServerResponse, body: string) => void) {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += String(chunk); }).on('end', () => answer(response, body));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const shown: string[] = [];
  const events = new SubscriptionEvents({
    maxEventBytes: 1_024,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, unavailable: (reason) => new PlatformError('SUBGRAPH_UNAVAILABLE', reason),
    headers: (_scope, body) => { shown.push(body); return {}; },
  });
  closers.push(async () => { await events.close(); server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); });
  return { stream: await events.subscribe('subscription { a }', { b: 1 }, scope), shown };
}

const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

describe('subscriptions of a subgraph over Server-Sent Events', () => {
  it('sign the very body that is sent', async () => {
    const bodies: string[] = [];
    const { stream, shown } = await subscribeTo((response, body) => { bodies.push(body); open(response).end('event: complete\ndata: \n\n'); });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(bodies).toEqual(shown);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>no</html>')],
    ['an error status', (response) => response.writeHead(503).end('{"errors":[]}')],
    ['an end without complete', (response) => open(response).end('event: next\ndata: {"data":{"a":1}}\n\n')],
    ['a broken connection', (response) => { open(response).write('event: next\ndata: {"da'); setImmediate(() => response.destroy()); }],
    ['data that is no JSON', (response) => open(response).end('event: next\ndata: {"data"\n\n')],
    ['an event of another kind', (response) => open(response).end('event: surprise\ndata: {}\n\n')],
  ])('end with SUBGRAPH_UNAVAILABLE after %s', async (_title, answer) => {
    const { stream } = await subscribeTo(answer);
    const results = [];
    for await (const result of stream) results.push(result);
    const last = results.at(-1)!;
    expect(last.data).toBeUndefined();
    expect(last.errors![0]!.originalError).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });

  it('close their connection when the reader leaves', async () => {
    let gone: Promise<unknown> | null = null;
    const { stream } = await subscribeTo((response) => {
      gone = new Promise((resolve) => { response.once('close', resolve); });
      open(response).write('event: next\ndata: {"data":{"a":1}}\n\n');
    });
    expect((await stream.next()).value).toEqual({ data: { a: 1 } });
    await stream.return!();
    await gone;
  });
});
