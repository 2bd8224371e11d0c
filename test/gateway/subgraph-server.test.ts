import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateKeyPair } from 'jose';
import { WebSocket } from 'ws';
import { remoteByteRoute } from '../../gateway/federation/byte-proxy';
import { signedClient } from '../../gateway/federation/signed-client';
import { compileOperation } from '../../gateway/federation/plan-compile';
import { SubgraphEndpoint } from '../../gateway/federation/subgraph-endpoint';
import type { ByteRequest } from '../../platform/bytes/byte-route';
import { PlatformError } from '../../platform/errors';
import { IDENTITY_HEADER, IdentitySigner } from '../../platform/subgraph/identity-token';
import { eventually } from '../support/eventually';
import { serve, type ServedSubgraph } from '../support/served-subgraph';
import { EventSource, makeSubgraph, TEST_SCOPE, type Resolver } from '../support/subgraphs';

const ticked = new EventSource<{ ticked: number }>();
const subgraph = makeSubgraph({
  name: 'numbers', sdl: 'type Query { one: Int broken: Int slow: Int } type Subscription { ticked: Int }',
  resolvers: {
    Query: {
      one: () => 1, broken: () => { throw new Error('the password is x'); },
      slow: (() => new Promise(() => undefined)) as Resolver,
    },
    Subscription: { ticked: { subscribe: () => ticked.open() } },
  },
});

const one = compileOperation('{ one }', 'query');
const body = `${one.bodyPrefix}}`;

let served: ServedSubgraph;
beforeAll(async () => {
  served = await serve(subgraph, {
    bytes: answerBytes, timeoutMs: 1_000,
    extraRoutes: [{ path: '/internal/echo', answer: async (asked, { caller }) => {
      if (asked === 'no') throw new PlatformError('FORBIDDEN', 'Not this.');
      return { asked, caller: caller.name };
    } }],
  });
});
afterAll(() => served.close());

/** PUT answers what came; GET sends as many bytes as the path says. */
async function answerBytes({ method, path, headers, body: bytes, scope }: ByteRequest) {
  if (path.endsWith('refused')) throw new PlatformError('UPLOAD_NOT_FOUND', 'No such upload.');
  if (path.endsWith('busy')) throw new PlatformError('UNAVAILABLE', 'Later.', { retryAfterMs: 1_500 });
  if (path.endsWith('short')) throw new PlatformError('RANGE_NOT_SATISFIABLE', 'Too far.', { sizeBytes: 9 });
  if (method === 'GET') return { status: 206, headers: { 'content-type': 'x/y', etag: '"e"' }, body: zeros(Number(path.split('/').at(-1))) };
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) { hash.update(chunk); sizeBytes += chunk.length; }
  return { status: 201, body: JSON.stringify({ sha256: hash.digest('hex'), sizeBytes, type: headers['content-type'], key: headers.authorization, caller: scope.caller.name }) };
}

function zeros(sizeBytes: number): Readable {
  let left = sizeBytes;
  return new Readable({ read(wanted) {
    const next = Math.min(left, wanted);
    left -= next;
    this.push(next > 0 ? Buffer.alloc(next) : null);
  } });
}

const post = (path: string, token: string | undefined, content = body) => fetch(served.url + path, {
  method: 'POST', body: content, headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { [IDENTITY_HEADER]: token }) },
});

describe('a subgraph that runs alone', () => {
  it('tells without a token whether it lives and is ready', async () => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(served.url + path)).status).toBe(200);
    expect(await served.client.check()).toBeNull();
  });

  it.each(['/graphql', '/internal/echo'])('refuses %s without a token that the gateway signed for it and this body', async (path) => {
    const signer = new IdentitySigner(served.privateKey);
    const { privateKey: foreign } = await generateKeyPair('EdDSA');
    const claim = { scope: TEST_SCOPE, audience: 'numbers', content: body };
    const tokens = [
      undefined, 'nonsense', await new IdentitySigner(foreign).sign(claim), await signer.sign({ ...claim, audience: 'letters' }),
      await signer.sign({ ...claim, content: '{"query":"{ two }"}' }),
    ];
    for (const token of tokens) {
      const answer = await post(path, token);
      expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
    }
    expect((await post(path, await signer.sign(claim))).status).toBe(200);
  });

  it('asks for a token even for its SDL', async () => {
    expect((await post('/graphql', undefined, '{"query":"{ _service { sdl } }"}')).status).toBe(401);
  });

  it('masks what it does not know and names the request', async () => {
    const result = await served.client.execute(compileOperation('{ broken }', 'query'), undefined, TEST_SCOPE);
    expect(result.errors!.map((error) => error.toJSON())).toEqual([{
      message: 'The platform failed; its log has the reason under the request id.', path: ['broken'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: TEST_SCOPE.requestId },
    }]);
  });

  it('says that the schemas do not agree when it cannot read an operation', async () => {
    for (const [text, code] of [['{ two }', 'GRAPHQL_VALIDATION_FAILED'], ['{', 'GRAPHQL_PARSE_FAILED']] as const) {
      const operation = { ...one, bodyPrefix: `{"query":${JSON.stringify(text)}` };
      expect(await served.client.execute(operation, undefined, TEST_SCOPE)).toMatchObject({ errors: [{ extensions: { code } }] });
    }
  });

  it('answers the gateway\'s internal questions', async () => {
    const { status, text } = await served.endpoint.post('/internal/echo', '{"a":1}', { scope: TEST_SCOPE });
    expect([status, JSON.parse(text)]).toEqual([200, { data: { asked: { a: 1 }, caller: 'bootstrap-admin' } }]);
    const refused = await served.endpoint.post('/internal/echo', '"no"', { scope: TEST_SCOPE });
    expect([refused.status, JSON.parse(refused.text)]).toEqual([403, { error: { code: 'FORBIDDEN', message: 'Not this.', requestId: TEST_SCOPE.requestId } }]);
  });

  it('refuses a socket without the gateway\'s token, and a subscription without its caller\'s', async () => {
    const stranger = new WebSocket(served.url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws');
    const code = await new Promise((resolve) => {
      stranger.on('open', () => stranger.send('{"type":"connection_init"}'));
      stranger.on('close', resolve);
    });
    expect(code).toBe(4403);
    const endpoint = new SubgraphEndpoint({ name: 'letters', url: served.url, signer: new IdentitySigner(served.privateKey) });
    const client = signedClient(endpoint);
    const events = await client.subscribe(compileOperation('subscription { ticked }', 'subscription'), undefined, TEST_SCOPE);
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] });
    expect(ticked.opened).toBe(0);
    await client.close();
  });
});

describe('bytes through the gateway', () => {
  const request = (overrides: Partial<ByteRequest>): ByteRequest => ({
    method: 'PUT', path: '/files/1', headers: {}, body: Readable.from([]), signal: new AbortController().signal, scope: TEST_SCOPE, ...overrides,
  });

  it('reach the subgraph whole, without the client\'s own key', async () => {
    const bytes = randomBytes(3_000_000);
    const headers = { 'content-type': 'model/onnx', authorization: 'Bearer secret', cookie: 'a=b' };
    const reply = await remoteByteRoute(served.endpoint)(request({ body: Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]), headers }));
    const told = JSON.parse(await new Response(Readable.toWeb(reply.body as Readable) as ReadableStream).text()) as object;
    expect([reply.status, told]).toEqual([201, { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: 3_000_000, type: 'model/onnx', caller: 'bootstrap-admin' }]);
  });

  it('come back with status and headers, in memory that does not grow with them', async () => {
    const reply = await remoteByteRoute(served.endpoint)(request({ method: 'GET', path: '/files/150000000' }));
    expect(reply).toMatchObject({ status: 206, headers: { 'content-type': 'x/y', etag: '"e"' } });
    const before = process.memoryUsage().arrayBuffers;
    let received = 0;
    let mostBytes = 0;
    await pipeline(reply.body as Readable, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        received += chunk.length;
        mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
      }
    });
    expect(received).toBe(150_000_000);
    expect(mostBytes).toBeLessThan(100_000_000);
  });

  it('are refused as the subgraph refuses them', async () => {
    const reply = await remoteByteRoute(served.endpoint)(request({ method: 'GET', path: '/files/refused' }));
    const told = JSON.parse(await new Response(Readable.toWeb(reply.body as Readable) as ReadableStream).text()) as object;
    expect([reply.status, told]).toEqual([404, { error: { code: 'UPLOAD_NOT_FOUND', message: 'No such upload.', requestId: TEST_SCOPE.requestId } }]);
  });

  it.each([['busy', 503, 'retry-after', '2'], ['short', 416, 'content-range', 'bytes */9']])('are refused in the words of HTTP where it has some: %s', async (path, status, header, value) => {
    const reply = await remoteByteRoute(served.endpoint)(request({ method: 'GET', path: `/files/${path}` }));
    expect([reply.status, reply.headers?.[header]]).toEqual([status, value]);
    (reply.body as Readable).resume();
  });
});

describe('a subgraph that does not answer', () => {
  const unavailable = { code: 'SUBGRAPH_UNAVAILABLE' };

  it('is SUBGRAPH_UNAVAILABLE when it is too slow', async () => {
    await expect(served.client.execute(compileOperation('{ slow }', 'query'), undefined, TEST_SCOPE)).rejects.toMatchObject(unavailable);
  });

  it('is SUBGRAPH_UNAVAILABLE when what answers is no subgraph', async () => {
    const impostor = http.createServer((_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => { impostor.listen(0, '127.0.0.1', resolve); });
    const url = `http://127.0.0.1:${(impostor.address() as AddressInfo).port}`;
    const client = signedClient(new SubgraphEndpoint({ name: 'numbers', url, signer: new IdentitySigner(served.privateKey) }));
    await expect(client.execute(one, undefined, TEST_SCOPE)).rejects.toMatchObject(unavailable);
    await client.close();
    await new Promise((resolve) => { impostor.close(resolve); });
  });

  it('is SUBGRAPH_UNAVAILABLE when it does not believe this gateway', async () => {
    const { privateKey } = await generateKeyPair('EdDSA');
    const client = signedClient(new SubgraphEndpoint({ name: 'numbers', url: served.url, signer: new IdentitySigner(privateKey) }));
    await expect(client.execute(one, undefined, TEST_SCOPE)).rejects.toMatchObject(unavailable);
    await client.close();
  });

  it('ends its streams with SUBGRAPH_UNAVAILABLE when it goes away', async () => {
    const leaving = await serve(subgraph);
    const events = await leaving.client.subscribe(compileOperation('subscription { ticked }', 'subscription'), undefined, TEST_SCOPE);
    const waiting = events.next();
    await eventually(() => expect(ticked.listenerCount).toBe(1));
    await leaving.stop();
    expect((await waiting).value).toMatchObject({ errors: [{ extensions: unavailable }] });
    expect((await events.next()).done).toBe(true);
    await expect(leaving.client.execute(one, undefined, TEST_SCOPE)).rejects.toMatchObject(unavailable);
    expect(await leaving.client.check()).toMatch(/ECONNREFUSED|connect/);
    await eventually(() => expect(ticked.listenerCount).toBe(0));
    await leaving.close();
  });
});
