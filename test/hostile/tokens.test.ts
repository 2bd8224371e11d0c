import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, exportSPKI, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { BearerAuthenticator } from '../../gateway/identity/bearer.authenticator';
import { IssuerKeys } from '../../gateway/identity/issuer.keys';
import { TokenAuthenticator } from '../../gateway/identity/token.authenticator';
import { silentLog } from '../../platform/log';
import { ada as holder, connect, openDoors, post, type Doors } from '../support/door.gateway';
import { AUDIENCE, seconds, startIssuer, type Issuer } from '../support/issuer';

let issuer: Issuer;
let doors: Doors;
const kept: string[] = [];

const authenticatorFor = (at: Issuer) => new BearerAuthenticator({
  keys: { authenticate: async (secret) => (secret === 'ada-key' ? holder : null) },
  tokens: new TokenAuthenticator({
    settings: { issuer: at.url, audience: AUDIENCE, algorithms: ['RS256', 'ES256'], mapping: { claim: 'roles', grants: { ops: ['operator'] } } },
    keys: new IssuerKeys({ issuer: at.url, jwksUrl: null }).find, log: silentLog(),
    principals: { keep: async ({ principalId }) => { kept.push(principalId); } },
  }),
});

beforeAll(async () => {
  issuer = await startIssuer();
  doors = await openDoors({ settings: { host: '0.0.0.0' }, authenticator: authenticatorFor(issuer) });
});
afterAll(async () => {
  await doors?.close();
  await issuer?.close();
});

const base64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claims = (): JWTPayload => ({ iss: issuer.url, aud: AUDIENCE, sub: 'eve', name: 'Eve', iat: seconds(), exp: seconds(600), roles: ['default:ADMIN', 'ops'] });
const without = (name: string): JWTPayload => ({ ...claims(), [name]: undefined });
const bare = (header: object, payload: object = claims(), signature = '') => `${base64(header)}.${base64(payload)}.${signature}`;
const hmac = (header: object, secret: string | Buffer) => {
  const input = `${base64(header)}.${base64(claims())}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};
const signed = (key: CryptoKey, header: JWTHeaderParameters, payload: JWTPayload = claims()) => new SignJWT(payload).setProtectedHeader(header).sign(key);
/** Eve's own pair, whose public half some of her tokens carry along. */
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ownKey = async () => await importJWK(own.privateKey.export({ format: 'jwk' }) as never, 'RS256') as CryptoKey;
const ownJwk = () => own.publicKey.export({ format: 'jwk' }) as never;
const rsaPem = async () => exportSPKI(await importJWK(issuer.jwks.keys[0]!, 'RS256', { extractable: true }) as CryptoKey);
const kid = (id: unknown) => async () => signed(await ownKey(), { alg: 'RS256', kid: id as string });

/** Everything but a token that the issuer made for us. */
const FORGERIES: [string, () => Promise<string> | string][] = [
  ['alg none', () => new UnsecuredJWT(claims()).encode()],
  ['alg None', () => bare({ alg: 'None' })],
  ['alg NONE with a kid', () => bare({ alg: 'NONE', kid: 'rsa' })],
  ['alg nOnE with a signature', () => bare({ alg: 'nOnE', kid: 'rsa' }, claims(), 'AAAA')],
  ['alg none and the signature of a good token', async () => bare({ alg: 'none' }, claims(), (await issuer.token()).split('.')[2])],
  ['no alg', () => bare({ kid: 'rsa' })],
  ['alg null', () => bare({ alg: null, kid: 'rsa' })],
  ['a list of algs', () => bare({ alg: ['RS256', 'none'], kid: 'rsa' })],
  ['an empty alg', () => bare({ alg: '', kid: 'rsa' }, claims(), 'AAAA')],
  ['HS256 keyed with the issuer\'s public key as PEM', async () => hmac({ alg: 'HS256', kid: 'rsa' }, await rsaPem())],
  ['HS256 keyed with that PEM without its last newline', async () => hmac({ alg: 'HS256', kid: 'rsa' }, (await rsaPem()).trim())],
  ['HS256 keyed with the public modulus', () => hmac({ alg: 'HS256', kid: 'rsa' }, Buffer.from(issuer.jwks.keys[0]!.n!, 'base64url'))],
  ['HS256 keyed with the public JWK', () => hmac({ alg: 'HS256', kid: 'rsa' }, JSON.stringify(issuer.jwks.keys[0]))],
  ['HS256 keyed with nothing', () => hmac({ alg: 'HS256', kid: 'rsa' }, '')],
  ['HS256 signed, RS256 told', async () => hmac({ alg: 'RS256', kid: 'rsa' }, await rsaPem())],
  ['HS256 with the elliptic key\'s id', () => hmac({ alg: 'HS256', kid: 'ec' }, JSON.stringify(issuer.jwks.keys[1]))],
  ['ES256 told for the RSA key', async () => { const [, payload, signature] = (await issuer.token()).split('.'); return `${base64({ alg: 'ES256', kid: 'rsa' })}.${payload}.${signature}`; }],
  ['ES256 with a signature of zeros', () => bare({ alg: 'ES256', kid: 'ec' }, claims(), Buffer.alloc(64).toString('base64url'))],
  ['an algorithm that is not on our list, by the issuer', async () => signed(await importJWK({ ...await exportJWK(issuer.keys.rsa), alg: 'RS512' }, 'RS512') as CryptoKey, { alg: 'RS512', kid: 'rsa' })],
  ['another key under the issuer\'s key id', kid('rsa')],
  ['another key, no id', async () => signed(await ownKey(), { alg: 'RS256' })],
  ['another key, its own jwk along', async () => signed(await ownKey(), { alg: 'RS256', jwk: ownJwk() })],
  ['another key, its own jwk under the issuer\'s id', async () => signed(await ownKey(), { alg: 'RS256', kid: 'rsa', jwk: ownJwk() })],
  ['another key, jku of its own', async () => signed(await ownKey(), { alg: 'RS256', kid: 'rsa', jku: `${issuer.url}/evil` })],
  ['another key, x5u of its own', async () => signed(await ownKey(), { alg: 'RS256', kid: 'rsa', x5u: `${issuer.url}/evil` })],
  ['another key, x5c of its own', async () => signed(await ownKey(), { alg: 'RS256', kid: 'rsa', x5c: ['MIIB'] })],
  ['a kid that is a path', kid('../../../../dev/null')],
  ['a kid that is SQL', kid('x\' union select \'key\' --')],
  ['a kid that is a URL', kid('http://127.0.0.1/keys')],
  ['a kid that is a command', kid('rsa; cat /etc/passwd')],
  ['a kid with a null byte', kid('rsa\0')],
  ['a kid that names the prototype', kid('__proto__')],
  ['a kid that is a number', kid(0)],
  ['a kid that is an object', kid({ $ne: null })],
  ['a kid that is a list', kid(['rsa'])],
  ['a kid of 8 KiB', kid('k'.repeat(8_192))],
  ['a critical header that nobody knows', async () => bare({ alg: 'RS256', kid: 'rsa', crit: ['pay'], pay: 1 }, claims(), (await issuer.token()).split('.')[2])],
  ['an unencoded payload (RFC 7797)', async () => bare({ alg: 'RS256', kid: 'rsa', crit: ['b64'], b64: false }, claims(), (await issuer.token()).split('.')[2])],
  ['another issuer', () => issuer.token({ iss: 'https://evil.example' })],
  ['an issuer that begins like ours', () => issuer.token({ iss: `${issuer.url}.evil.example` })],
  ['our issuer with a slash', () => issuer.token({ iss: `${issuer.url}/` })],
  ['a list of issuers', () => issuer.token({ iss: [issuer.url] as never })],
  ['no issuer', () => issuer.token(without('iss'))],
  ['another audience', () => issuer.token({ aud: 'other-app' })],
  ['many audiences, ours not among them', () => issuer.token({ aud: ['a', `${AUDIENCE} `, AUDIENCE.toUpperCase()] })],
  ['no audience', () => issuer.token(without('aud'))],
  ['an audience that is an object', () => issuer.token({ aud: { [AUDIENCE]: true } as never })],
  ['an end that has passed', () => issuer.token({ exp: seconds(-1) })],
  ['an end of 1970', () => issuer.token({ exp: 0 })],
  ['no end', () => issuer.token(without('exp'))],
  ['an end that is a text', () => issuer.token({ exp: '9999999999' as never })],
  ['a beginning to come', () => issuer.token({ nbf: seconds(600) })],
  ['no subject', () => issuer.token(without('sub'))],
  ['an empty subject', () => issuer.token({ sub: '' })],
  ['a subject that is an object', () => issuer.token({ sub: { id: 'ada' } as never })],
  ['claims changed after signing', async () => { const [header, , signature] = (await issuer.token()).split('.'); return `${header}.${base64(claims())}.${signature}`; }],
  ['a header changed after signing', async () => { const [, payload, signature] = (await issuer.token()).split('.'); return `${base64({ alg: 'RS256', kid: 'rsa', typ: 'JWT' })}.${payload}.${signature}`; }],
  ['no signature', async () => `${(await issuer.token()).split('.').slice(0, 2).join('.')}.`],
  ['half a signature', async () => (await issuer.token()).slice(0, -100)],
  ['a signature twice', async () => { const token = await issuer.token(); return `${token}${token.split('.')[2]}`; }],
  ['a payload that is no object', () => bare({ alg: 'RS256', kid: 'rsa' }, ['ada'], 'AAAA')],
  ['a payload that is no JSON', () => `${base64({ alg: 'RS256', kid: 'rsa' })}.${base64('{')}.AAAA`],
  ['a header that is no JSON', () => `${base64('{')}.${base64(claims())}.AAAA`],
  ['five parts', async () => `${await issuer.token()}.AAAA.AAAA`],
];

describe('a token that the issuer did not make for us', () => {
  it('is tried in more than forty ways', () => expect(FORGERIES.length).toBeGreaterThan(40));

  it.each(FORGERIES)('is refused over HTTP and WebSocket: %s', async (_title, make) => {
    const authorization = `Bearer ${await make()}`;
    kept.length = 0;
    const { status, body } = await post(doors.url, '{ viewer }', { headers: { authorization } });
    expect([status, body.errors?.[0]?.extensions.code, body.data]).toEqual([401, 'UNAUTHENTICATED', undefined]);
    expect(await connect(doors.socketUrl, { connectionParams: { authorization } }).closed).toMatchObject({ code: 4401 });
    expect(kept).toEqual([]);
  });
});

it('is not read at all above 16 KiB, which only a socket can carry', async () => {
  const authorization = `Bearer ${await issuer.token({ padding: 'x'.repeat(13_000) })}`;
  expect(await connect(doors.socketUrl, { connectionParams: { authorization } }).closed).toMatchObject({ code: 4401 });
});

describe('a token of the issuer', () => {
  const viewer = async (token: string) => (await post(doors.url, '{ viewer }', { headers: { authorization: `Bearer ${token}` } })).body;

  it('tells who is calling, with either of its keys, beside API keys', async () => {
    expect((await viewer(await issuer.token())).data).toEqual({ viewer: 'Ada' });
    expect((await viewer(await issuer.token({ name: 'Ada at EC' }, { alg: 'ES256', kid: 'ec' }))).data).toEqual({ viewer: 'Ada at EC' });
    expect((await viewer('ada-key')).data).toEqual({ viewer: 'Ada' });
  });

  it('is the same principal whenever the same subject comes, and another for another', async () => {
    const known = authenticatorFor(issuer);
    const [first, again, other] = await Promise.all([issuer.token(), issuer.token({ name: 'Ada L.', roles: ['ops'] }), issuer.token({ sub: 'bob' })].map(async (token) => known.authenticate(await token)));
    expect(again).toEqual({ principalId: first!.principalId, name: 'Ada L.', isOperator: true, roles: {} });
    expect(other!.principalId).not.toBe(first!.principalId);
    expect(first).toMatchObject({ isOperator: false, roles: { default: 'DEVELOPER' } });
    expect(kept).toContain(first!.principalId);
  });

  it('has its keys asked for once, however many forgeries name keys that do not exist', async () => {
    const known = authenticatorFor(issuer);
    const before = issuer.asked();
    await known.authenticate(await issuer.token());
    for (let n = 0; n < 50; n += 1) expect(await known.authenticate(await kid(`made-up-${n}`)())).toBeNull();
    expect(issuer.asked() - before).toBe(1);
  });

  it('is neither believed nor called wrong while the issuer is away, and believed when it is back', async () => {
    const late = await startIssuer();
    try {
      late.away = true;
      const known = authenticatorFor(late);
      const token = await late.token();
      await expect(known.authenticate(token)).rejects.toMatchObject({ code: 'ISSUER_UNAVAILABLE' });
      late.away = false;
      expect(await known.authenticate(token)).toMatchObject({ name: 'Ada' });
    } finally {
      await late.close();
    }
  });
});
