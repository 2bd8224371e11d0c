import { PlatformError } from '../../platform/errors';
import type { IdentitySigner } from '../../platform/subgraph/identity-token';
import { foreignClient } from '../federation/foreign/foreign.client';
import type { ForeignSettings } from '../federation/foreign/foreign.settings';
import type { SubgraphClient } from '../federation/subgraph-client';

/** A client in use by one draft of the graph. */
export interface ForeignLink {
  readonly client: SubgraphClient;
  /** Equal while the link stays the same. It holds headers, and so secrets. */
  readonly key: string;
}

interface OpenLink extends ForeignLink {
  uses: number;
}

/**
 * The clients of other people's subgraphs. A graph that comes takes over the links whose settings have not changed, connections and breakers
 * included; a link is closed when the last graph that used it is over.
 */
export class ForeignLinks {
  readonly #open = new Map<string, OpenLink>();

  constructor(private readonly signer: () => Promise<IdentitySigner>) {}

  /** @throws CONFIGURATION_INVALID when there is no URL to reach it at */
  async take(settings: ForeignSettings, url: string | undefined): Promise<ForeignLink> {
    const { name, sdlFile: _, ...limits } = settings;
    if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new PlatformError('CONFIGURATION_INVALID', `The subgraph "${name}" has no URL with http: or https:; give it one in SUBGRAPHS_FILE.`);
    }
    const key = JSON.stringify([name, url, limits]);
    const link = this.#open.get(key) ?? { key, client: foreignClient(new URL(url), settings, settings.sendsIdentity ? await this.signer() : null), uses: 0 };
    this.#open.set(key, link);
    link.uses += 1;
    return link;
  }

  async release(links: readonly ForeignLink[]): Promise<void> {
    const over = links.map(({ key }) => this.#open.get(key)).filter((link) => link !== undefined && --link.uses === 0) as OpenLink[];
    for (const { key } of over) this.#open.delete(key);
    await Promise.all(over.map(({ client }) => client.close()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ client }) => client.close()));
    this.#open.clear();
  }
}
