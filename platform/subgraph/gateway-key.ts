import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { messageOf, PlatformError } from '../errors';

export const KEY_ALGORITHM = 'EdDSA';

const privatePath = (dataDir: string): string => path.join(dataDir, 'gateway-key.json');
const publicPath = (dataDir: string): string => path.join(dataDir, 'gateway-key.pub.json');

/**
 * The gateway's Ed25519 signing key: a private JWK in `gateway-key.json` (mode 0600), made at the first start, and the public one for the
 * subgraphs, beside it or in a folder of its own that can be shared with them.
 */
export async function openGatewayKey(dataDir: string, publicDir = dataDir): Promise<CryptoKey> {
  const jwk = await readJwk(privatePath(dataDir)) ?? await makeKey(dataDir);
  await mkdir(publicDir, { recursive: true });
  await writePublic(publicDir, jwk);
  return importEd25519(jwk, privatePath(dataDir));
}

/**
 * The key by which subgraphs know the gateway. A subgraph started before the first gateway finds none yet.
 * @throws UNAVAILABLE when it is not there
 */
export async function readGatewayPublicKey(publicDir: string): Promise<CryptoKey> {
  const file = publicPath(publicDir);
  const jwk = await readJwk(file);
  if (!jwk) throw new PlatformError('UNAVAILABLE', `There is no gateway key at ${file} yet: the gateway makes it when it first starts.`);
  return importEd25519(jwk, file);
}

async function makeKey(dataDir: string): Promise<JWK> {
  await mkdir(dataDir, { recursive: true });
  const { privateKey } = await generateKeyPair(KEY_ALGORITHM, { extractable: true });
  const file = privatePath(dataDir);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  try {
    // link() never replaces: of two gateways that start at once, one makes the key and both read it.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readJwk(file))!;
}

async function writePublic(publicDir: string, { kty, crv, x }: JWK): Promise<void> {
  const draft = `${publicPath(publicDir)}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify({ kty, crv, x }), { mode: 0o644 });
  await rename(draft, publicPath(publicDir));
}

async function readJwk(file: string): Promise<JWK | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(file, error);
  }
}

async function importEd25519(jwk: JWK, file: string): Promise<CryptoKey> {
  try {
    return await importJWK(jwk, KEY_ALGORITHM) as CryptoKey;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): PlatformError {
  const message = `The gateway key ${file} cannot be read (${messageOf(cause)}); remove it to have a new one made.`;
  return new PlatformError('CONFIGURATION_INVALID', message, {}, { cause });
}
