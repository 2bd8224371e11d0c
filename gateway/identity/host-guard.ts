import type { IncomingMessage } from 'node:http';
import { PlatformError } from '../../platform/errors';
import { isLoopback, urlHost } from './loopback';

export interface HostGuardSettings {
  host: string;
  publicUrl: string | null;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

/** What tells under which name, and from where, a request came. */
export type GuardedRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'>;

/**
 * Lets a request in only when it names us. On loopback whoever asks is the admin, so a page in the same browser must not reach
 * us under a name of its own (DNS rebinding: the Host header tells), nor from an origin of its own (the Origin header tells,
 * also on WebSocket upgrades, which no CORS protects).
 */
export class HostGuard {
  readonly #hosts: ReadonlySet<string>;
  /** Those on the list without a port: any will do. */
  readonly #names: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor(settings: HostGuardSettings, port: number) {
    const own = ['localhost', '127.0.0.1', '[::1]', ...(isWildcard(settings.host) ? [] : [urlHost(settings.host)])];
    const hosts = own.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
    if (settings.publicUrl) hosts.push(new URL(settings.publicUrl).host);
    const allowed = settings.allowedHosts.map((host) => host.toLowerCase());
    this.#hosts = new Set([...hosts.map((host) => host.toLowerCase()), ...allowed]);
    this.#names = new Set(allowed.filter((host) => !/:\d+$/.test(host)));
    const origins = settings.publicUrl ? [new URL(settings.publicUrl).origin, ...settings.allowedOrigins] : settings.allowedOrigins;
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
  }

  /** @throws HOST_NOT_ALLOWED */
  check({ headers, rawHeaders, url }: GuardedRequest): void {
    const host = headers.host?.toLowerCase() ?? '';
    // Node keeps the first Host of several, and does not look at that of a request line in absolute form, which goes before (RFC 9112 §3.2).
    const isOne = countOf('host', rawHeaders) <= 1 && url?.startsWith('/');
    if (!isOne || !this.#isOurs(host)) {
      throw new PlatformError(
        'HOST_NOT_ALLOWED', `The Host header "${clipped(host)}" is not one of ours; add it to ALLOWED_HOSTS or set PUBLIC_URL.`,
      );
    }
    const { origin } = headers;
    if (origin !== undefined && !this.#isSameOrigin(origin, host) && !this.allowsOrigin(origin)) {
      throw new PlatformError('HOST_NOT_ALLOWED', `The origin "${clipped(origin)}" may not call this API; add it to ALLOWED_ORIGINS.`);
    }
  }

  /** Whether a page of another origin may read our answers. */
  allowsOrigin(origin: string): boolean {
    return this.#origins.has(origin.toLowerCase());
  }

  /** A name in ALLOWED_HOSTS without a port is allowed with any. */
  #isOurs(host: string): boolean {
    return this.#hosts.has(host) || this.#names.has(host.replace(/:\d+$/, ''));
  }

  #isSameOrigin(origin: string, host: string): boolean {
    return /^https?:\/\//i.test(origin) && origin.slice(origin.indexOf('//') + 2).toLowerCase() === host;
  }
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === name) count += 1;
  return count;
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function clipped(text: string): string {
  return text.slice(0, 100);
}

/** Whether unauthenticated callers are the bootstrap admin: only when nobody but this machine can connect. */
export function demandsKeys(settings: Pick<HostGuardSettings, 'host'>): boolean {
  return !isLoopback(settings.host);
}
