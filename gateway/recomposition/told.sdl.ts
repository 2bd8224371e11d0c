import type { Log } from '../../platform/log';
import { untilAvailable } from '../../platform/process/until-available';
import { fetchSdl } from '../federation/fetch-sdl';
import { anonymousScope } from '../federation/foreign/anonymous-scope';
import type { SubgraphClient } from '../federation/subgraph-client';

/** The SDL that subgraphs tell themselves. */
export class ToldSdl {
  readonly #last = new WeakMap<SubgraphClient, string>();

  constructor(private readonly log: Log) {}

  /**
   * Of one that is away it is what it told last: that must not keep the others from changing.
   * @throws SUBGRAPH_UNAVAILABLE when it has never told any
   */
  async of(client: SubgraphClient, { waits }: { waits: boolean }): Promise<string> {
    const ask = () => fetchSdl(client, anonymousScope());
    try {
      const sdl = await (waits ? untilAvailable(`the subgraph ${client.name}`, this.log, ask) : ask());
      this.#last.set(client, sdl);
      return sdl;
    } catch (error) {
      const last = this.#last.get(client);
      if (last === undefined) throw error;
      return last;
    }
  }

  /** Where it was asked already. */
  remember(client: SubgraphClient, sdl: string): void {
    this.#last.set(client, sdl);
  }
}
