import { createHash, createHmac, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import WebSocket from 'ws';
import { CONTENT_OF_CONNECTION, contentOfBytes, contentOfSubscription, IDENTITY_HEADER, IdentitySigner } from '../../platform/subgraph/identity-token';
import { seconds } from '../support/issuer';
import { serve, type ServedSubgraph } from '../support/served-subgraph';
import { EventSource, makeSubgraph, TEST_SCOPE } from '../support/subgraphs';

/** What got through: every surface counts its own. */
const reached: string[] = [];
let opened = (): void => undefined;
const ticked = new EventSource<{ ticked: number }>();
const subgraph = makeSubgraph({
  name: 'numbers', sdl: 'type Query { one: Int } type Subscription { ticked: Int }',
  resolvers: {
    Query: { one: () => reached.push('query') },
    Subscription: { ticked: { subscribe: () => { reached.push('subscription'); opened(); return ticked.open(); } } },
  },
});

let served: ServedSubgraph;
let foreign: CryptoKey;
beforeAll(async () => {
  served = await serve(subgraph, {
    bytes: async ({ scope }) => { reached.push('bytes'); return { status: 200, body: scope.caller.name }; },
    extraRoutes: [{ path: '/internal/echo', answer: async () => { reached.push('internal'); return null; } }],
  });
  ({ privateKey: foreign } = await generateKeyPair('EdDSA', { extractable: true }));
});
afterAll(() => served?.close());
beforeEach(() => { reached.length = 0; });

const QUERY = '{"query":"{ one }"}';
const SUBSCRIPTION = 'subscription { ticked }';
type Header = Record<string, string>;

async function over(path: string, method: string, headers: Header, body: string): Promise<boolean> {
  const { status } = await fetch(served.url + path, { method, body, headers: { 'content-type': 'application/json', ...headers } });
  expect([200, 401]).toContain(status);
  return status === 200;
}

/** By hand: the socket closes, the subscription is answered an error, or the source is opened. */
async function overSocket(connection: unknown, subscription: unknown): Promise<boolean> {
  const socket = new WebSocket(`${served.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  try {
    return await new Promise<boolean>((resolve) => {
      opened = () => resolve(true);
      socket.on('open', () => send({ type: 'connection_init', payload: { identity: connection } }));
      socket.on('close', () => resolve(false));
      socket.on('message', (data) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, extensions: { identity: subscription } } });
        if (type === 'error') resolve(false);
      });
    });
  } finally {
    socket.terminate();
  }
}

interface Surface {
  title: string;
  content: string;
  /** Whether the token was believed. */
  send(token: string | undefined, header?: string): Promise<boolean>;
}

const headerOf = (token: string | undefined, name = IDENTITY_HEADER): Header => (token === undefined ? {} : { [name]: token });
const good = (content: string) => new IdentitySigner(served.privateKey).sign({ scope: TEST_SCOPE, audience: 'numbers', content });
const SURFACES: Surface[] = [
  { title: 'POST /graphql', content: QUERY, send: (token, name) => over('/graphql', 'POST', headerOf(token, name), QUERY) },
  { title: 'an internal question', content: '{}', send: (token, name) => over('/internal/echo', 'POST', headerOf(token, name), '{}') },
  { title: 'bytes', content: contentOfBytes('PUT', '/files/1'), send: (token, name) => over('/files/1', 'PUT', headerOf(token, name), 'x') },
  { title: 'a socket', content: CONTENT_OF_CONNECTION, send: async (token) => overSocket(token, await good(contentOfSubscription(SUBSCRIPTION, undefined))) },
  { title: 'a subscription', content: contentOfSubscription(SUBSCRIPTION, undefined), send: async (token) => overSocket(await good(CONTENT_OF_CONNECTION), token) },
];

const sha = (content: string) => createHash('sha256').update(content).digest('base64url');
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsFor = (content: string): JWTPayload => ({
  caller: { ...TEST_SCOPE.caller }, requestId: 'r', contentSha256: sha(content), iss: 'modelgraph-gateway', aud: 'numbers', jti: randomUUID(), iat: seconds(), exp: seconds(30),
});
/** Signed with the gateway's own key, with some of it otherwise. */
const otherwise = (content: string, changes: JWTPayload, key = served.privateKey, header: object = {}) =>
  new SignJWT({ ...claimsFor(content), ...changes }).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key);

const FORGERIES: [string, (content: string) => Promise<string | undefined> | string | undefined][] = [
  ['no token', () => undefined],
  ['an empty one', () => ''],
  ['nonsense', () => 'a.b.c'],
  ['one that is unsigned', (content) => new UnsecuredJWT(claimsFor(content)).encode()],
  ['one with the signature cut off', async (content) => `${(await good(content)).split('.').slice(0, 2).join('.')}.`],
  ['an HMAC keyed with the public key', async (content) => {
    const input = `${base64({ alg: 'HS256' })}.${base64(claimsFor(content))}`;
    return `${input}.${createHmac('sha256', JSON.stringify(await exportJWK(served.publicKey))).update(input).digest('base64url')}`;
  }],
  ['one that another key signed', (content) => otherwise(content, {}, foreign)],
  ['one that another key signed, which it brings along', async (content) => {
    const { kty, crv, x } = await exportJWK(foreign);
    return otherwise(content, {}, await importJWK(await exportJWK(foreign), 'EdDSA') as CryptoKey, { jwk: { kty, crv, x } });
  }],
  ['one with another caller put in', async (content) => {
    const [header, , signature] = (await good(content)).split('.');
    return `${header}.${base64({ ...claimsFor(content), caller: { ...TEST_SCOPE.caller, isOperator: true } })}.${signature}`;
  }],
  ['one for another subgraph', (content) => new IdentitySigner(served.privateKey).sign({ scope: TEST_SCOPE, audience: 'letters', content })],
  ['one for no subgraph', (content) => otherwise(content, { aud: undefined })],
  ['one by another issuer', (content) => otherwise(content, { iss: 'modelgraph' })],
  ['one for other content', (content) => good(`${content} `)],
  ['one for nothing', (content) => otherwise(content, { contentSha256: undefined })],
  ['one that has expired', (content) => otherwise(content, { iat: seconds(-60), exp: seconds(-30) })],
  ['one that is old, whatever end it claims', (content) => otherwise(content, { iat: seconds(-60), exp: seconds(3_600) })],
  ['one made in the future', (content) => otherwise(content, { iat: seconds(600), exp: seconds(630) })],
  ['one without a time', (content) => otherwise(content, { iat: undefined })],
  ['one without an end', (content) => otherwise(content, { exp: undefined })],
  ['one without an id', (content) => otherwise(content, { jti: undefined })],
  ['one with a role that does not exist', (content) => otherwise(content, { caller: { ...TEST_SCOPE.caller, roles: { red: 'OWNER' } } })],
  ['one without a caller', (content) => otherwise(content, { caller: undefined })],
];

describe.each(SURFACES)('at a subgraph, $title', (surface) => {
  it('believes a token of the gateway', async () => {
    expect(await surface.send(await good(surface.content))).toBe(true);
    expect(reached).toHaveLength(1);
  });

  it.each(FORGERIES)('refuses %s', async (_title, make) => {
    expect(await surface.send(await make(surface.content))).toBe(false);
    expect(reached).toEqual([]);
  });

  it('refuses a token that was used before', async () => {
    const token = await good(surface.content);
    expect(await surface.send(token)).toBe(true);
    reached.length = 0;
    expect(await surface.send(token)).toBe(false);
    expect(reached).toEqual([]);
  });

  it('refuses a token for each of the other surfaces', async () => {
    for (const { content } of SURFACES) if (content !== surface.content) expect(await surface.send(await good(content))).toBe(false);
    expect(reached).toEqual([]);
  });

  it('refuses a good token in a header of the client', async () => {
    if (!surface.title.match(/graphql|internal|bytes/)) return;
    for (const name of ['authorization', 'x-modelgraph-identity-2', 'cookie']) expect(await surface.send(await good(surface.content), name)).toBe(false);
  });
});
