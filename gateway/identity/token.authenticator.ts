import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { v5 } from 'uuid';
import type { Caller } from '../../platform/caller';
import { messageOf, PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { Authenticator, PrincipalKeeper } from './authenticator';
import { rolesOf, type RoleMapping } from './token.roles';

export interface TokenSettings {
  issuer: string;
  audience: string;
  /** Asymmetric ones alone: who can check a token may not be able to make one. */
  algorithms: readonly string[];
  mapping: RoleMapping;
}

export interface TokenAuthenticatorOptions {
  settings: TokenSettings;
  /** Finds the issuer's key for a token. */
  keys: JWTVerifyGetKey;
  principals: PrincipalKeeper;
  log: Log;
}

/** Ours, for ids of people (UUIDv5, RFC 9562): the same subject of the same issuer is the same principal, on every machine. */
const PEOPLE = '6f0a5c0e-7c39-4f0e-9d53-3d1d9c0b6a52';
/** Of `nbf` and `iat`: the issuer's clock may be ahead of ours. A token that has expired here has expired. */
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_LENGTH = 16 * 1024;
const NAME_MAX_LENGTH = 120;

/** Knows people by the tokens of an OpenID Connect issuer: JWTs (RFC 7519) with issuer, audience and algorithms pinned. */
export class TokenAuthenticator implements Authenticator {
  constructor(private readonly options: TokenAuthenticatorOptions) {}

  /** @throws ISSUER_UNAVAILABLE when its keys cannot be had, so that no valid token is taken for an invalid one */
  async authenticate(token: string): Promise<Caller | null> {
    if (token.length > MAX_LENGTH) return null;
    const payload = await this.#verify(token);
    if (!payload) return null;
    const { issuer, mapping } = this.options.settings;
    const { sub } = payload;
    const caller = { principalId: v5(JSON.stringify([issuer, sub]), PEOPLE), name: nameOf(payload), ...rolesOf(payload, mapping) };
    await this.options.principals.keep(caller);
    return caller;
  }

  async #verify(token: string): Promise<JWTPayload | null> {
    const { issuer, audience, algorithms } = this.options.settings;
    try {
      const { payload } = await jwtVerify(token, this.options.keys, {
        issuer, audience, algorithms: [...algorithms], requiredClaims: ['sub', 'exp'], clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      const isNamed = typeof payload.sub === 'string' && payload.sub !== '';
      return isNamed && payload.exp! * 1_000 > Date.now() ? payload : null;
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      // The reason is for operators; the caller is told no more than that of an unknown key.
      this.options.log.debug({ reason: messageOf(error) }, 'token refused');
      return null;
    }
  }
}

function nameOf({ name, preferred_username, email, sub }: JWTPayload): string {
  const shown = [name, preferred_username, email, sub].find((one) => typeof one === 'string' && one.trim() !== '') as string;
  return shown.trim().slice(0, NAME_MAX_LENGTH);
}
