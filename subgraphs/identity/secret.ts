import { createHash, randomBytes } from 'node:crypto';

const PREFIX_LENGTH = 11;

/** A new API key: `mg_` and 256 random bits, base64url. */
export function newSecret(): string {
  return `mg_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a secret. A plain hash is enough, since 256 random bits cannot be guessed; a slow one would cost every request. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** `mg_` and eight characters: enough to recognise a key, 48 of its 256 bits. */
export function prefixOf(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}
