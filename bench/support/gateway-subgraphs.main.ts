import { composeSupergraph } from '../../gateway/federation/compose';
import { serveForeign } from '../../test/support/foreign-subgraph';
import { shopSubgraphs } from './shop-subgraphs';

/** Three subgraphs over HTTP; the first line of its output is their supergraph, as JSON text. */
async function main(): Promise<void> {
  const served = await Promise.all(shopSubgraphs().map(async (subgraph) => ({ name: subgraph.name, sdl: subgraph.sdl, url: (await serveForeign(subgraph)).url })));
  process.stdout.write(`ready ${JSON.stringify(composeSupergraph(served).sdl)}\n`);
}

void main();
