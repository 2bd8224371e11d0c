import { createHash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT, type CryptoKey } from 'jose';
import { z } from 'zod';
import type { RequestScope } from '../caller';
import { callerShape } from '../caller.shape';
import { messageOf, PlatformError } from '../errors';
import { KEY_ALGORITHM } from './gateway-key';
import { SpentTokens } from './spent-tokens';

/** The header that carries the token over HTTP; a client's own `authorization` never travels on. */
export const IDENTITY_HEADER = 'x-modelgraph-identity';

const ISSUER = 'modelgraph-gateway';
const LIFETIME_SECONDS = 30;
/** How far the clocks of two machines may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;

export interface IdentityClaim {
  scope: RequestScope;
  /** The subgraph it is for: no other believes it. */
  audience: string;
  /** What it is sent with: a GraphQL body, or one of `contentOf…`. */
  content: string | Uint8Array;
}

/** Signs who is calling. Held by the gateway alone. */
export class IdentitySigner {
  constructor(private readonly privateKey: CryptoKey) {}

  /** A JWT (RFC 7519, Ed25519) that ends after 30 s and is good for this content only, and once: whoever sends again signs again. */
  sign({ scope, audience, content }: IdentityClaim): Promise<string> {
    const { caller, requestId } = scope;
    return new SignJWT({ caller, requestId, contentSha256: digest(content) })
      .setProtectedHeader({ alg: KEY_ALGORITHM })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .sign(this.privateKey);
  }
}

const claims = z.object({
  jti: z.string(),
  requestId: z.string(),
  contentSha256: z.string(),
  caller: callerShape,
});

/** Tells a subgraph who is calling. */
export class IdentityVerifier {
  #key: CryptoKey | null = null;
  readonly #spent = new SpentTokens((LIFETIME_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS) * 1_000);

  /** `readKey` is asked until it succeeds once: a subgraph may start before the gateway has made the key. */
  constructor(private readonly audience: string, private readonly readKey: () => Promise<CryptoKey>) {}

  /** @throws UNAUTHENTICATED unless the gateway signed this caller for this subgraph and this content within the last 30 s, and it was not used yet */
  async verify(token: unknown, content: string | Uint8Array): Promise<RequestScope> {
    if (typeof token !== 'string') throw refused('there is none');
    const key = await this.ready();
    const { requestId, contentSha256, caller, jti } = await this.#read(token, key);
    if (contentSha256 !== digest(content)) throw refused('it was signed for other content');
    if (!this.#spent.spend(jti)) throw refused('it was used before');
    return { requestId, caller };
  }

  /** @throws UNAVAILABLE while there is no gateway key */
  async ready(): Promise<CryptoKey> {
    this.#key ??= await this.readKey();
    return this.#key;
  }

  async #read(token: string, key: CryptoKey): Promise<z.infer<typeof claims>> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [KEY_ALGORITHM], issuer: ISSUER, audience: this.audience, requiredClaims: ['exp', 'iat'],
        maxTokenAge: LIFETIME_SECONDS, clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return claims.parse(payload);
    } catch (error) {
      throw refused(messageOf(error), error);
    }
  }
}

/** What a byte request is bound to: its body streams by and cannot be hashed beforehand. No GraphQL body begins like this. */
export function contentOfBytes(method: string, path: string): string {
  return `bytes ${method} ${path}`;
}

/** What a subscription over a shared socket is bound to. Both ends make it of the parsed message. */
export function contentOfSubscription(query: string, variables: unknown): string {
  return `subscription ${JSON.stringify([query, variables ?? null])}`;
}

/** What opening a socket is bound to; each subscription on it brings its own caller. */
export const CONTENT_OF_CONNECTION = 'connection';

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url');
}

function refused(reason: string, cause?: unknown): PlatformError {
  const message = `A subgraph believes only identity tokens that the gateway signed: ${reason}.`;
  return new PlatformError('UNAUTHENTICATED', message, {}, { cause });
}
