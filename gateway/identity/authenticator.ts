import type { Caller } from '../../platform/caller';

/** Who holds this API key or token: null when it is unknown, expired or revoked. */
export interface Authenticator {
  authenticate(secret: string): Promise<Caller | null>;
}

/**
 * Keeps who came with a token of an issuer, so that rows may name it as their maker. Of holders of API keys the identity subgraph knows
 * already.
 */
export interface PrincipalKeeper {
  keep(caller: Caller): Promise<void>;
}

/** The identity subgraph, in this process or another. */
export interface IdentityService extends Authenticator, PrincipalKeeper {}
