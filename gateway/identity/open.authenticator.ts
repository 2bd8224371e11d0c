import type { Caller } from '../../platform/caller';
import type { Authenticator } from './authenticator';
import { ANONYMOUS } from './identification';

/** Of a gateway that serves a supergraph of other people and knows no keys: a credential is theirs to judge, and gives no right here. */
export class OpenAuthenticator implements Authenticator {
  authenticate(): Promise<Caller> {
    return Promise.resolve(ANONYMOUS);
  }
}
