import type { IncomingHttpHeaders } from 'node:http';
import { BOOTSTRAP_ADMIN, type Caller } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import type { Authenticator } from './authenticator';
import { isLoopback } from './loopback';

/** What a request shows of its sender. */
export interface Credentials {
  /** The Authorization header, or `connectionParams.authorization` of a socket. */
  authorization: string | undefined;
  remoteAddress: string | undefined;
  headers: IncomingHttpHeaders;
}

/** Holds no role anywhere: for byte routes whose signed, expiring URL is itself the permission. */
export const ANONYMOUS: Caller = Object.freeze({
  principalId: '00000000-0000-7000-8000-000000000000', name: 'anonymous', isOperator: false, roles: Object.freeze({}),
});

/** What proxies tell of whom they speak for (RFC 7239, RFC 9110 and the usual names before them). */
const FORWARDED = [
  'forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip', 'x-client-ip',
  'true-client-ip', 'cf-connecting-ip', 'x-original-host',
] as const;

/** Tells who is calling. A key that is shown must be valid, also where none is needed. */
export class Identification {
  constructor(private readonly authenticator: Authenticator, private readonly settings: { demandsKeys: boolean }) {}

  /** @throws UNAUTHENTICATED */
  async identify(credentials: Credentials): Promise<Caller> {
    const caller = await this.#caller(credentials);
    if (caller) return caller;
    throw new PlatformError(
      'UNAUTHENTICATED', 'An API key or token is needed: send the header "Authorization: Bearer …", or "authorization" in connectionParams.',
    );
  }

  /** @throws UNAUTHENTICATED for an invalid key; none at all is ANONYMOUS */
  async identifyBearerOfUrl(credentials: Credentials): Promise<Caller> {
    return (await this.#caller(credentials)) ?? ANONYMOUS;
  }

  async #caller(credentials: Credentials): Promise<Caller | null> {
    if (credentials.authorization === undefined) return this.#trustsMachine(credentials) ? BOOTSTRAP_ADMIN : null;
    const secret = /^Bearer +(\S+) *$/i.exec(credentials.authorization)?.[1];
    const caller = secret ? await this.authenticator.authenticate(secret) : null;
    if (!caller) throw new PlatformError('UNAUTHENTICATED', 'The API key or token is unknown, expired or revoked.');
    return caller;
  }

  /** Not behind a proxy on this machine: its clients come from anywhere, with the address of the proxy. */
  #trustsMachine({ remoteAddress, headers }: Credentials): boolean {
    return !this.settings.demandsKeys && isLoopback(remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined);
  }
}
