import type { ComposedSdl } from '../federation/compose';
import { foreignDefaults, readForeignSettings, type ForeignSettings } from '../federation/foreign/foreign.settings';
import { readSupergraphFile, type SupergraphFile } from '../federation/foreign/supergraph.file';
import type { SubgraphClient } from '../federation/subgraph-client';
import type { Supergraph } from '../federation/supergraph';
import { PlatformError } from '../../platform/errors';
import type { ForeignLink, ForeignLinks } from './foreign.links';
import type { GraphDraft, GraphSource } from './graph.source';

export interface SupergraphSourceParts {
  supergraphFile: string;
  /** How its subgraphs are reached, where the defaults are not meant. */
  subgraphsFile: string | null;
  links: ForeignLinks;
  build(composed: ComposedSdl, clients: readonly SubgraphClient[]): Supergraph;
}

/** A graph of other people that was composed elsewhere. */
export class SupergraphSource implements GraphSource {
  readonly files: readonly string[];

  constructor(private readonly parts: SupergraphSourceParts) {
    const { supergraphFile, subgraphsFile } = parts;
    this.files = subgraphsFile ? [supergraphFile, subgraphsFile] : [supergraphFile];
  }

  async read(): Promise<GraphDraft> {
    const { supergraphFile, subgraphsFile, links, build } = this.parts;
    const foreign = subgraphsFile ? await readForeignSettings(subgraphsFile) : [];
    const composed = await readSupergraphFile(supergraphFile);
    refuseStrangers(composed, foreign);
    const taken: ForeignLink[] = [];
    try {
      for (const { settings, url } of reached(composed, foreign)) taken.push(await links.take(settings, url));
    } catch (error) {
      await links.release(taken);
      throw error;
    }
    const clients = taken.map(({ client }) => client);
    return {
      fingerprint: JSON.stringify([composed.sdl, taken.map(({ key }) => key)]),
      foreign: clients,
      forwardHeaders: foreign.flatMap(({ forwardHeaders }) => forwardHeaders),
      build: () => build(composed, clients),
      release: () => links.release(taken),
    };
  }
}

/** At the supergraph's URLs unless the settings say another. */
function reached({ subgraphs }: SupergraphFile, foreign: readonly ForeignSettings[]): { settings: ForeignSettings; url: string }[] {
  const byName = new Map(foreign.map((settings) => [settings.name, settings]));
  return subgraphs.map(({ name, url }) => {
    const settings = byName.get(name) ?? foreignDefaults(name);
    return { settings, url: settings.url ?? url };
  });
}

function refuseStrangers({ subgraphs }: SupergraphFile, foreign: readonly ForeignSettings[]): void {
  const strangers = foreign.map(({ name }) => name).filter((name) => !subgraphs.some((subgraph) => subgraph.name === name));
  if (strangers.length > 0) throw new PlatformError('CONFIGURATION_INVALID', `The supergraph has no subgraphs called ${strangers.join(', ')}.`);
}
