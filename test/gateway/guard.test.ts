import WebSocket from 'ws';
import { eventually } from '../support/eventually';
import { connect, exchange, openDoors, post, type Doors } from '../support/door.gateway';

/** The status an upgrade is answered with: 101 when the socket opens. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
    socket.on('unexpected-response', (request, response) => { resolve(response.statusCode ?? 0); request.destroy(); });
    socket.on('open', () => { resolve(101); socket.terminate(); });
    socket.on('error', () => undefined);
  });
}

describe('a gateway on loopback', () => {
  let doors: Doors;
  beforeAll(async () => { doors = await openDoors({ settings: { allowedOrigins: ['https://app.example'], allowedHosts: ['models.internal'] } }); });
  afterAll(() => doors.close());

  const foreign: Record<string, string>[] = [
    { host: 'evil.example' }, { host: 'evil.example:4000' }, { host: '127.0.0.1.nip.io' }, { host: 'localhost:1' },
    { origin: 'http://evil.example' }, { origin: 'null' }, { origin: 'http://localhost:1' },
  ];

  it.each(foreign)('refuses %j at every door', async (headers) => {
    for (const path of ['/graphql?query={hello}', '/graphiql', '/', '/readyz', '/livez', '/uploads/x', '/nowhere']) {
      const { status, text } = await exchange(`${doors.url}${path}`, { headers: { 'apollo-require-preflight': '1', ...headers } });
      expect([path, status]).toEqual([path, 403]);
      expect(text).toContain('HOST_NOT_ALLOWED');
    }
    expect((await post(doors.url, '{ hello }', { headers })).status).toBe(403);
    expect(await upgrade(doors.socketUrl, headers)).toBe(403);
  });

  it('lets our own names, pages of our own and those on the lists in', async () => {
    const own = `localhost:${doors.port}`;
    const origins: Record<string, string>[] = [{}, { host: own }, { host: own, origin: `http://${own}` }, { host: 'models.internal' }, { origin: 'https://app.example' }];
    for (const headers of origins) {
      expect([headers, (await post(doors.url, '{ hello }', { headers })).status]).toEqual([headers, 200]);
      expect(await upgrade(doors.socketUrl, headers)).toBe(101);
    }
  });

  it('lets pages of allowed origins read answers and no others', async () => {
    const allowed = await post(doors.url, '{ hello }', { headers: { origin: 'https://app.example' } });
    expect(allowed.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'origin' });
    const preflight = await exchange(`${doors.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } });
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([204, expect.stringContaining('authorization')]);
    const refused = await exchange(`${doors.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' } });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it('knows the holder of a key and refuses an invalid one, although none is needed', async () => {
    expect((await post(doors.url, '{ viewer }', { headers: { authorization: 'Bearer ada-key' } })).body.data).toEqual({ viewer: 'Ada' });
    const refused = await post(doors.url, '{ viewer }', { headers: { authorization: 'Bearer wrong' } });
    expect([refused.status, refused.body.errors![0]!.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('does not take who comes through a proxy for the admin', async () => {
    expect((await post(doors.url, '{ viewer }', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401);
    expect((await connect(doors.socketUrl, { headers: { 'x-forwarded-for': '203.0.113.9' } }).closed).code).toBe(4401);
  });

  it('knows the holder of a key on a socket and closes it for an invalid one', async () => {
    const { client } = connect(doors.socketUrl, { connectionParams: { authorization: 'Bearer ada-key' } });
    for await (const { data } of client.iterate({ query: '{ viewer }' })) expect(data).toEqual({ viewer: 'Ada' });
    await client.dispose();
    for (const authorization of ['Bearer wrong', '', 7]) {
      expect(await connect(doors.socketUrl, { connectionParams: { authorization } }).closed).toMatchObject({ code: 4401, reason: expect.stringContaining('UNAUTHENTICATED') });
    }
    expect((await connect(doors.socketUrl, { headers: { authorization: 'Bearer wrong' } }).closed).code).toBe(4401);
  });

  it('ends a socket when its key is revoked', async () => {
    const revoking = await openDoors();
    try {
      const { client, closed } = connect(revoking.socketUrl, { connectionParams: { authorization: 'Bearer ada-key' } });
      client.subscribe({ query: 'subscription { ticks(last: 1) }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
      await eventually(() => expect(revoking.tickers[0]?.count).toBe(1));
      revoking.keys.clear();
      expect((await closed).code).toBe(4401);
      await eventually(() => expect(revoking.tickers[0]!.isEnded).toBe(true));
    } finally {
      await revoking.close();
    }
  });
});

describe('a gateway on all addresses', () => {
  let doors: Doors;
  beforeAll(async () => { doors = await openDoors({ settings: { host: '0.0.0.0' } }); });
  afterAll(() => doors.close());

  it('demands a key, also from this machine', async () => {
    const { status, headers, body } = await post(doors.url, '{ viewer }');
    expect([status, headers['www-authenticate'], body.errors![0]!.extensions.code]).toEqual([401, 'Bearer', 'UNAUTHENTICATED']);
    expect((await connect(doors.socketUrl).closed).code).toBe(4401);
    expect((await post(doors.url, '{ viewer }', { headers: { authorization: 'Bearer ada-key' } })).body.data).toEqual({ viewer: 'Ada' });
  });

  it('answers health under any name, since probes know none', async () => {
    expect((await exchange(`${doors.url}/livez`, { headers: { host: '10.1.2.3:4000' } })).status).toBe(200);
    expect((await exchange(`${doors.url}/graphiql`, { headers: { host: '10.1.2.3:4000' } })).status).toBe(403);
  });
});
