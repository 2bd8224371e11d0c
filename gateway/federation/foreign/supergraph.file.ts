import { readFile } from 'node:fs/promises';
import { transformSupergraphToPublicSchema } from '@theguild/federation-composition';
import { Kind, parse, print, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { messageOf, PlatformError } from '../../../platform/errors';
import type { ComposedSdl } from '../compose';

export interface SupergraphFile extends ComposedSdl {
  /** Of each subgraph its name, and the URL that the composition knew; empty when it knew none. */
  subgraphs: { name: string; url: string }[];
}

/**
 * Reads a composed supergraph (the join specification), whichever tool has composed it.
 * @throws CONFIGURATION_INVALID when it is none
 */
export async function readSupergraphFile(file: string): Promise<SupergraphFile> {
  try {
    return parseSupergraph(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PlatformError('CONFIGURATION_INVALID', `${file} is no supergraph: ${messageOf(error)}`, {}, { cause: error });
  }
}

function parseSupergraph(sdl: string): SupergraphFile {
  const document = parse(sdl, { noLocation: true });
  const subgraphs = subgraphsOf(document);
  if (subgraphs.length === 0) throw new Error('it has no enum join__Graph, which names the subgraphs.');
  return { sdl, apiSdl: print(transformSupergraphToPublicSchema(document)), subgraphs };
}

function subgraphsOf({ definitions }: DocumentNode): SupergraphFile['subgraphs'] {
  return definitions
    .flatMap((definition) => (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph' ? definition.values ?? [] : []))
    .map(({ name, directives = [] }) => {
      const graph = directives.find((directive) => directive.name.value === 'join__graph');
      return { name: textOf(graph, 'name') ?? name.value, url: textOf(graph, 'url') ?? '' };
    });
}

function textOf(directive: ConstDirectiveNode | undefined, argument: string): string | null {
  const value = directive?.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : null;
}
