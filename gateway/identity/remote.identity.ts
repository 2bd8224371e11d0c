import { z } from 'zod';
import type { Caller } from '../../platform/caller';
import { callerShape } from '../../platform/caller.shape';
import { Coalescer } from '../../platform/coalescer';
import { newId } from '../../platform/uuid';
import type { SubgraphEndpoint } from '../federation/subgraph-endpoint';
import type { Authenticator, PrincipalKeeper } from './authenticator';
import { ANONYMOUS } from './identification';

/** Where the identity subgraph answers `{ "secrets": [] }` with `{ "data": [Caller | null] }`, to the gateway alone. */
export const AUTHENTICATE_PATH = '/internal/authenticate';
/** Where it takes a `Caller` whom an issuer's token speaks for. */
export const PRINCIPALS_PATH = '/internal/principals';

const MAX_LOOKUPS = 500;
const holders = z.object({ data: z.array(callerShape.nullable()) });

/** An identity subgraph that runs in a process of its own. */
export class RemoteIdentity implements Authenticator, PrincipalKeeper {
  readonly #lookups = new Coalescer<string, Caller | null>({ maxBatch: MAX_LOOKUPS, maxInFlight: 8, run: (secrets) => this.#whose(secrets) });

  constructor(private readonly endpoint: Pick<SubgraphEndpoint, 'post' | 'unavailable'>) {}

  /** @throws SUBGRAPH_UNAVAILABLE when there is no answer, so that no valid key is taken for an invalid one */
  authenticate(secret: string): Promise<Caller | null> {
    return this.#lookups.add(secret);
  }

  /** @throws SUBGRAPH_UNAVAILABLE */
  async keep(caller: Caller): Promise<void> {
    await this.#ask(PRINCIPALS_PATH, caller, 'to keep who came with a token');
  }

  async #whose(secrets: readonly string[]): Promise<(Caller | null)[]> {
    return holders.parse(JSON.parse(await this.#ask(AUTHENTICATE_PATH, { secrets }, 'whose key this is'))).data;
  }

  async #ask(path: string, question: object, words: string): Promise<string> {
    const { status, text } = await this.endpoint.post(path, JSON.stringify(question), { scope: { requestId: newId(), caller: ANONYMOUS } });
    if (status !== 200) throw this.endpoint.unavailable(`it answers ${status} when asked ${words}.`);
    return text;
  }
}
