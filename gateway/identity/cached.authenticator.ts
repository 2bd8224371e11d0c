import { createHash } from 'node:crypto';
import type { Caller } from '../../platform/caller';
import type { Authenticator } from './authenticator';

interface Answer {
  caller: Promise<Caller | null>;
  expiresAtMs: number;
}

/** How long an answer is remembered. */
export const ANSWER_TTL_MS = 1_000;

/**
 * Remembers answers for a moment, so that a busy key costs one look-up instead of one per request, and look-ups of the same key
 * that come together are one. A revoked key works for at most `ttlMs` longer. Only digests of secrets are kept.
 */
export class CachedAuthenticator implements Authenticator {
  readonly #answers = new Map<string, Answer>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #now: () => number;

  constructor(private readonly source: Authenticator, { ttlMs = ANSWER_TTL_MS, maxEntries = 10_000, now = Date.now } = {}) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  authenticate(secret: string): Promise<Caller | null> {
    const digest = createHash('sha256').update(secret).digest('base64');
    const known = this.#answers.get(digest);
    if (known && known.expiresAtMs > this.#now()) return known.caller;
    return this.#ask(digest, secret);
  }

  #ask(digest: string, secret: string): Promise<Caller | null> {
    const caller = this.source.authenticate(secret);
    // Deleting first moves the key to the end: the map's order is the order of expiry, and its front is what overflows.
    this.#answers.delete(digest);
    this.#answers.set(digest, { caller, expiresAtMs: this.#now() + this.#ttlMs });
    if (this.#answers.size > this.#maxEntries) this.#answers.delete(this.#answers.keys().next().value!);
    // A failed look-up says nothing about the key.
    caller.catch(() => this.#answers.delete(digest));
    return caller;
  }
}
