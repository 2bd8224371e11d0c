import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';

export const AUDIENCE = 'modelgraph';

export interface Issuer {
  url: string;
  /** Its keys by id; the first is RSA, the second elliptic. */
  keys: Record<'rsa' | 'ec', CryptoKey>;
  /** What it publishes, secrets not among it. */
  jwks: { keys: JWK[] };
  /** How often its keys were asked for. */
  asked(): number;
  /** Answers nothing but 503 from now on, or again. */
  away: boolean;
  /** A token as it makes them, with some of it otherwise. */
  token(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  close(): Promise<void>;
}

/** An OpenID Connect issuer that does what ours asks of one: a discovery document, a key set, and tokens. */
export async function startIssuer(): Promise<Issuer> {
  const pairs = { rsa: await generateKeyPair('RS256', { extractable: true }), ec: await generateKeyPair('ES256', { extractable: true }) };
  const jwks = { keys: [
    { ...await exportJWK(pairs.rsa.publicKey), kid: 'rsa', use: 'sig' },
    { ...await exportJWK(pairs.ec.publicKey), kid: 'ec', use: 'sig' },
  ] };
  const keys = { rsa: pairs.rsa.privateKey, ec: pairs.ec.privateKey };
  let asked = 0;
  const state = { away: false };
  const server = http.createServer(({ url }, response) => {
    if (state.away) return response.writeHead(503).end();
    if (url === '/keys') asked += 1;
    const answer = url === '/keys' ? jwks : url === '/.well-known/openid-configuration' ? { issuer: origin, jwks_uri: `${origin}/keys` } : null;
    return response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin, keys, jwks, asked: () => asked,
    get away() { return state.away; },
    set away(away) { state.away = away; },
    token: (claims = {}, header = {}) => new SignJWT({
      iss: origin, aud: AUDIENCE, sub: 'ada', name: 'Ada', iat: seconds(), exp: seconds(60), roles: ['default:DEVELOPER'], ...claims,
    }).setProtectedHeader({ alg: 'RS256', kid: 'rsa', ...header }).sign(header.kid === 'ec' ? keys.ec : keys.rsa),
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

/** Of the clock, from now, as tokens count. */
export function seconds(fromNow = 0): number {
  return Math.floor(Date.now() / 1_000) + fromNow;
}
