import { z } from 'zod';
import { ROLES, type Caller } from '../../platform/caller';
import { newId } from '../../platform/uuid';
import type { SubgraphEndpoint } from '../federation/subgraph-endpoint';
import type { Authenticator } from './authenticator';
import { ANONYMOUS } from './identification';

/** Where the identity subgraph answers `{ "secret": … }` with `{ "data": Caller | null }`, to the gateway alone. */
export const AUTHENTICATE_PATH = '/internal/authenticate';

const answer = z.object({
  data: z.object({
    principalId: z.string(), name: z.string(), isOperator: z.boolean(), roles: z.record(z.string(), z.enum(ROLES)),
  }).nullable(),
});

/** Asks an identity subgraph that runs in a process of its own. */
export class RemoteAuthenticator implements Authenticator {
  constructor(private readonly endpoint: Pick<SubgraphEndpoint, 'post' | 'unavailable'>) {}

  /** @throws SUBGRAPH_UNAVAILABLE when there is no answer, so that no valid key is taken for an invalid one */
  async authenticate(secret: string): Promise<Caller | null> {
    const { status, text } = await this.endpoint.post(AUTHENTICATE_PATH, JSON.stringify({ secret }), {
      scope: { requestId: newId(), caller: ANONYMOUS },
    });
    if (status !== 200) throw this.endpoint.unavailable(`it answers ${status} when asked whose key this is.`);
    return answer.parse(JSON.parse(text)).data;
  }
}
