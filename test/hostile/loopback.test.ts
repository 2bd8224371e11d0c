import net from 'node:net';
import WebSocket from 'ws';
import { exchange, openDoors, post, type Doors } from '../support/door.gateway';

let doors: Doors;
beforeAll(async () => { doors = await openDoors({ byteRoutes: [{ prefix: '/uploads/', route: async () => ({ status: 200, body: 'bytes' }) }] }); });
afterAll(() => doors?.close());

/** What a server answers to bytes that no client library would send. */
function raw(...lines: string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(doors.port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('close', () => resolve(text)).on('error', () => undefined);
    socket.end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  });
}
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

function upgrade(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(doors.socketUrl, 'graphql-transport-ws', { headers });
    socket.on('unexpected-response', (request, response) => { resolve(response.statusCode ?? 0); request.destroy(); });
    socket.on('open', () => { resolve(101); socket.terminate(); });
    socket.on('error', () => undefined);
  });
}

/** Names that lead a browser here, and are not ours. */
const HOSTS = (port: number): string[] => [
  `evil.example:${port}`, `localhost.evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `evil.example`, `localhost:${port}.evil.example`, `localhost.:${port}`, `127.0.0.1.:${port}`,
  `127.1:${port}`, `2130706433:${port}`, `0x7f000001:${port}`, `0177.0.0.1:${port}`, `127.0.0.2:${port}`, `0.0.0.0:${port}`, `0:${port}`, `[::]:${port}`, `[::ffff:127.0.0.1]:${port}`, `[::1%25lo]:${port}`,
  `[0:0:0:0:0:0:0:1]:${port}`, `::1:${port}`, `localhost:${port + 1}`, `localhost:0${port}`, `localhost:${port}:${port}`, `localhost`, `127.0.0.1`, `user@localhost:${port}`, `evil.example@127.0.0.1:${port}`,
  `localhost:${port}/`, `localhost:${port}#`, `localhost:${port}?`, `localhost:${port},evil.example`, `localhost:${port} evil.example`, `http://localhost:${port}`, `ip6-localhost:${port}`, `loca1host:${port}`,
  `*:${port}`, `%6cocalhost:${port}`, `localhost%00:${port}`, `xn--localhost-:${port}`, `localhost.localdomain:${port}`,
];

/** Where pages come from that may not call us; some of them look like us. */
const ORIGINS = (port: number): string[] => [
  'http://evil.example', 'https://evil.example', 'null', '', ' ', 'http://localhost', `http://localhost:${port + 1}`, `http://127.0.0.2:${port}`, `http://localhost.evil.example:${port}`,
  `http://localhost:${port}.evil.example`, `http://localhost:${port}@evil.example`, `http://evil.example@localhost:${port}`, `http://localhost:${port}/`, `http://localhost:${port} http://evil.example`,
  `http://evil.example, http://localhost:${port}`, `http://localhost:${port}, http://evil.example`, `file://`, `file://localhost:${port}`, `ftp://localhost:${port}`, `chrome-extension://localhost:${port}`,
  `data:text/html,localhost:${port}`, `localhost:${port}`, `//localhost:${port}`, `http:localhost:${port}`, `http:/localhost:${port}`, `ws://localhost:${port}`, `http://[::1]:${port}`, `http://0.0.0.0:${port}`, '*', 'undefined',
];

describe('a platform on loopback', () => {
  it('is no admin\'s for a page that comes under a name of its own, at no door', async () => {
    for (const host of HOSTS(doors.port)) {
      expect([host, (await post(doors.url, '{ hello }', { headers: { host } })).status]).toEqual([host, 403]);
      expect([host, (await exchange(`${doors.url}/uploads/x`, { headers: { host } })).status]).toEqual([host, 403]);
      expect([host, await upgrade({ host })]).toEqual([host, 403]);
    }
  });

  it('is no admin\'s for a page of another origin, at no door', async () => {
    const host = `localhost:${doors.port}`;
    for (const origin of ORIGINS(doors.port)) {
      expect([origin, (await post(doors.url, '{ hello }', { headers: { host, origin } })).status]).toEqual([origin, 403]);
      expect([origin, (await exchange(`${doors.url}/uploads/x`, { method: 'PUT', body: 'x', headers: { host, origin } })).status]).toEqual([origin, 403]);
      expect([origin, await upgrade({ host, origin })]).toEqual([origin, 403]);
    }
  });

  it.each([
    'forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-original-host',
  ])('is no admin\'s for who comes through a proxy that tells %s', async (name) => {
    for (const value of ['127.0.0.1', 'for=127.0.0.1', `localhost:${doors.port}`, '']) {
      expect([value, (await post(doors.url, '{ hello }', { headers: { [name]: value } })).status]).toEqual([value, 401]);
    }
  });

  it('reads no second Host header, no missing one, and none out of the request line', async () => {
    const ours = `host: localhost:${doors.port}`;
    const path = '/graphql?query=%7Bhello%7D';
    const plain = 'apollo-require-preflight: 1';
    expect(statusOf(await raw(`GET ${path} HTTP/1.1`, ours, plain))).toBe(200);
    for (const lines of [
      [`GET ${path} HTTP/1.1`, plain], [`GET ${path} HTTP/1.0`, plain], [`GET ${path} HTTP/1.1`, 'host: evil.example', ours, plain], [`GET ${path} HTTP/1.1`, ours, 'host: evil.example', plain],
      [`GET ${path} HTTP/1.1`, 'host:', plain], [`GET http://evil.example${path} HTTP/1.1`, 'host: evil.example', plain], [`GET http://localhost:${doors.port}${path} HTTP/1.1`, 'host: evil.example', plain],
      [`GET http://evil.example${path} HTTP/1.1`, ours, plain], [`GET //evil.example${path} HTTP/1.1`, ours, plain], ['CONNECT evil.example:80 HTTP/1.1', ours], [`GET ${path} HTTP/1.1`, `${ours}\r\n evil.example`, plain],
    ]) {
      const answer = await raw(...lines);
      expect([lines, answer.includes('"hello"'), statusOf(answer) < 300 && statusOf(answer) > 0]).toEqual([lines, false, false]);
    }
  });

  it('lets no page of another origin read what it answers, whatever the page asks first', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization', 'access-control-request-private-network': 'true' };
    const answer = await exchange(`${doors.url}/graphql`, { method: 'OPTIONS', headers });
    expect([answer.status, Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))]).toEqual([403, []]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])('takes no GraphQL from a form, which a page may send anywhere: %s', async (type) => {
    const answer = await exchange(`${doors.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body: '{"query":"mutation { set(value: 1) }"}' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain('"set":1');
  });
});
