import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import type { Caller } from '../caller';
import { openGatewayKey, readGatewayPublicKey } from './gateway-key';
import { IdentitySigner, IdentityVerifier } from './identity-token';

const caller: Caller = { principalId: 'p1', name: 'Ada', isOperator: false, roles: { default: 'DEVELOPER' } };
const scope = { requestId: 'r1', caller };
const claim = { scope, audience: 'inference', content: '{"query":"{ a }"}' };

let dataDir: string;
let key: CryptoKey;
let verifier: IdentityVerifier;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'gateway-key-'));
  key = await openGatewayKey(dataDir);
  verifier = new IdentityVerifier('inference', () => readGatewayPublicKey(dataDir));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('an identity token', () => {
  it('carries the caller and the request to the subgraph it is for', async () => {
    expect(await verifier.verify(await new IdentitySigner(key).sign(claim), Buffer.from(claim.content))).toEqual(scope);
  });

  it('is refused with another body', async () => {
    await expect(verifier.verify(await new IdentitySigner(key).sign(claim), '{"query":"{ b }"}')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is refused by another subgraph', async () => {
    const token = await new IdentitySigner(key).sign({ ...claim, audience: 'deployment' });
    await expect(verifier.verify(token, claim.content)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is refused when another key signed it, or none', async () => {
    const { privateKey } = await generateKeyPair('EdDSA');
    const unsigned = new UnsecuredJWT({ caller, requestId: 'r1' }).setIssuer('modelgraph-gateway').setAudience('inference').setIssuedAt().setExpirationTime('30s').encode();
    for (const token of [await new IdentitySigner(privateKey).sign(claim), unsigned, 'nonsense', undefined]) {
      await expect(verifier.verify(token, claim.content)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it('is refused once it is older than 30 s, whatever end it claims', async () => {
    const token = await new IdentitySigner(key).sign(claim);
    const { contentSha256 } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { contentSha256: string };
    const old = await new SignJWT({ caller, requestId: 'r1', contentSha256 }).setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer('modelgraph-gateway').setAudience('inference').setIssuedAt(Math.floor(Date.now() / 1000) - 60).setExpirationTime('1h').sign(key);
    await expect(verifier.verify(old, claim.content)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('the gateway key', () => {
  it('is made once, readable by its owner alone; the public half holds nothing secret', async () => {
    expect((await stat(path.join(dataDir, 'gateway-key.json'))).mode & 0o777).toBe(0o600);
    const before = await readFile(path.join(dataDir, 'gateway-key.json'), 'utf8');
    await openGatewayKey(dataDir);
    expect(await readFile(path.join(dataDir, 'gateway-key.json'), 'utf8')).toBe(before);
    expect(Object.keys(JSON.parse(await readFile(path.join(dataDir, 'gateway-key.pub.json'), 'utf8')) as object)).toEqual(['kty', 'crv', 'x']);
  });

  it('is one key for gateways that start at the same moment', async () => {
    const shared = path.join(dataDir, 'shared');
    const keys = await Promise.all(Array.from({ length: 5 }, () => openGatewayKey(shared)));
    const reader = new IdentityVerifier('inference', () => readGatewayPublicKey(shared));
    for (const each of keys) expect(await reader.verify(await new IdentitySigner(each).sign(claim), claim.content)).toEqual(scope);
    expect((await readdir(shared)).sort()).toEqual(['gateway-key.json', 'gateway-key.pub.json']);
  });

  it('is waited for by a subgraph that starts first', async () => {
    const late = path.join(dataDir, 'late');
    const early = new IdentityVerifier('inference', () => readGatewayPublicKey(late));
    await expect(early.verify('x', '')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const signer = new IdentitySigner(await openGatewayKey(late));
    expect(await early.verify(await signer.sign(claim), claim.content)).toEqual(scope);
  });

  it('names the file when it cannot be read', async () => {
    const broken = await mkdtemp(path.join(dataDir, 'broken-'));
    await writeFile(path.join(broken, 'gateway-key.json'), '{');
    await expect(openGatewayKey(broken)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining('gateway-key.json') as string });
  });
});
