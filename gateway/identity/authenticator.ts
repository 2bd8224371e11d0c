import type { Caller } from '../../platform/caller';

/** Who holds this API key: null when it is unknown, expired or revoked. */
export interface Authenticator {
  authenticate(secret: string): Promise<Caller | null>;
}
