import { decodeProtectedHeader } from 'jose';
import type { Caller } from '../../platform/caller';
import type { Authenticator } from './authenticator';

/** Asks whoever knows this kind of secret: a JWT the issuer's side, anything else the API keys. Never both. */
export class BearerAuthenticator implements Authenticator {
  constructor(private readonly parts: { keys: Authenticator; tokens: Authenticator }) {}

  authenticate(secret: string): Promise<Caller | null> {
    return (isToken(secret) ? this.parts.tokens : this.parts.keys).authenticate(secret);
  }
}

/** A compact JWS (RFC 7515, section 3.1), by its form and a header that can be read. */
function isToken(secret: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret)) return false;
  try {
    return typeof decodeProtectedHeader(secret) === 'object';
  } catch {
    return false;
  }
}
