import { readFile } from 'node:fs/promises';
import { messageOf, PlatformError } from '../../platform/errors';
import type { SupergraphMember } from '../federation/build-supergraph';
import { readForeignSettings, type ForeignSettings } from '../federation/foreign/foreign.settings';
import type { Supergraph } from '../federation/supergraph';
import type { ForeignLink, ForeignLinks } from './foreign.links';
import type { GraphDraft, GraphSource } from './graph.source';
import type { ToldSdl } from './told.sdl';

export interface ComposedSourceParts {
  /** Those with a URL are asked for their SDL anew. */
  ours: readonly SupergraphMember[];
  /** Null: there are none of other people. */
  subgraphsFile: string | null;
  links: ForeignLinks;
  told: ToldSdl;
  /** @throws CONFIGURATION_INVALID */
  build(members: readonly SupergraphMember[]): Supergraph;
}

/** Our subgraphs, and those of other people beside them. */
export class ComposedSource implements GraphSource {
  #files: readonly string[] = [];
  #isFirst = true;

  constructor(private readonly parts: ComposedSourceParts) {
    for (const { client, sdl } of parts.ours) parts.told.remember(client, sdl);
  }

  get files(): readonly string[] {
    return this.#files;
  }

  async read(): Promise<GraphDraft> {
    const { subgraphsFile, links, build } = this.parts;
    this.#files = subgraphsFile ? [subgraphsFile, ...this.#files.slice(1)] : [];
    const foreign = subgraphsFile ? await readForeignSettings(subgraphsFile) : [];
    if (subgraphsFile) this.#files = [subgraphsFile, ...foreign.flatMap(({ sdlFile }) => sdlFile ?? [])];
    const taken: ForeignLink[] = [];
    try {
      for (const settings of foreign) taken.push(await links.take(settings, settings.url));
      const [ours, theirs] = await Promise.all([this.#ours(), this.#theirs(foreign, taken)]);
      this.#isFirst = false;
      const members = [...ours, ...theirs];
      return {
        fingerprint: JSON.stringify([members.map(({ client, sdl }) => [client.name, sdl]), taken.map(({ key }) => key)]),
        foreign: taken.map(({ client }) => client),
        forwardHeaders: foreign.flatMap(({ forwardHeaders }) => forwardHeaders),
        build: () => build(members),
        release: () => links.release(taken),
      };
    } catch (error) {
      await links.release(taken);
      throw error;
    }
  }

  /** The start has just asked them. */
  #ours(): Promise<SupergraphMember[]> {
    const { ours, told } = this.parts;
    if (this.#isFirst) return Promise.resolve([...ours]);
    return Promise.all(ours.map(async (member) => (
      member.url === undefined ? member : { ...member, sdl: await told.of(member.client, { waits: false }) }
    )));
  }

  #theirs(foreign: readonly ForeignSettings[], taken: readonly ForeignLink[]): Promise<SupergraphMember[]> {
    return Promise.all(foreign.map(async ({ sdlFile, url }, index) => {
      const { client } = taken[index]!;
      const sdl = sdlFile ? await readSdl(sdlFile) : await this.parts.told.of(client, { waits: this.#isFirst });
      return { client, sdl, url };
    }));
  }
}

async function readSdl(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PlatformError('CONFIGURATION_INVALID', `The SDL file cannot be read: ${messageOf(error)}`, {}, { cause: error });
  }
}
