import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { PlatformError } from '../../platform/errors';
import { isSecureUrl } from '../../platform/secure-url';

export interface IssuerAddress {
  issuer: string;
  /** Null: the issuer's discovery document tells. */
  jwksUrl: string | null;
}

const TIMEOUT_MS = 5_000;
/** A key that the issuer has withdrawn is believed for at most as long. */
const KEYS_MAX_AGE_MS = 10 * 60_000;
/** Tokens with made-up key ids make us ask the issuer again at most this often. */
const COOLDOWN_MS = 30_000;

/** The token names a key that the issuer does not have, leaves open which of several it means, or an algorithm that no key set serves. */
const FAULTS_OF_TOKENS = new Set<string>([
  errors.JWKSNoMatchingKey.code, errors.JWKSMultipleMatchingKeys.code, errors.JOSENotSupported.code,
]);

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });

/**
 * The signing keys of an OpenID Connect issuer, found by its discovery document (OpenID Connect Discovery 1.0, section 4) and kept by
 * `jose`. Nothing in a token says where keys come from: its `jku`, `x5u` and `jwk` headers are never followed.
 */
export class IssuerKeys {
  #keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(private readonly address: IssuerAddress) {}

  /** @throws ISSUER_UNAVAILABLE when the issuer does not tell its keys: that is no fault of the token */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      this.#keys ??= this.#open();
      return await (await this.#keys)(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError && FAULTS_OF_TOKENS.has(error.code)) throw error;
      throw unavailable(error);
    }
  };

  async #open(): Promise<JWTVerifyGetKey> {
    try {
      return await this.#locate();
    } catch (error) {
      // The next token has it tried again.
      this.#keys = null;
      throw error;
    }
  }

  async #locate(): Promise<JWTVerifyGetKey> {
    const url = this.address.jwksUrl ?? await this.#discover();
    return createRemoteJWKSet(new URL(url), { timeoutDuration: TIMEOUT_MS, cacheMaxAge: KEYS_MAX_AGE_MS, cooldownDuration: COOLDOWN_MS });
  }

  async #discover(): Promise<string> {
    const { issuer } = this.address;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const told = discovery.parse(await answer.json());
    if (told.issuer !== issuer) throw new Error(`it calls itself "${told.issuer.slice(0, 200)}"`);
    if (!isSecureUrl(told.jwks_uri)) throw new Error('its keys are not behind https');
    return told.jwks_uri;
  }
}

/** The caller is told nothing of the way to the issuer; the cause is for the log. */
function unavailable(cause: unknown): PlatformError {
  return new PlatformError('ISSUER_UNAVAILABLE', 'The issuer of the token does not answer with its keys.', {}, { cause });
}
