import { createHash } from 'node:crypto';
import type { Caller } from '../../platform/caller';
import type { PrincipalKeeper } from './authenticator';

const MAX_ENTRIES = 10_000;

/** Has each principal kept once as it is, and again when its name or its roles have changed: most requests come from someone known. */
export class KnownPrincipals implements PrincipalKeeper {
  readonly #kept = new Map<string, string>();

  constructor(private readonly source: PrincipalKeeper) {}

  async keep(caller: Caller): Promise<void> {
    const digest = createHash('sha256').update(JSON.stringify(caller)).digest('base64');
    if (this.#kept.get(caller.principalId) === digest) return;
    await this.source.keep(caller);
    this.#kept.set(caller.principalId, digest);
    if (this.#kept.size > MAX_ENTRIES) this.#kept.delete(this.#kept.keys().next().value!);
  }
}
