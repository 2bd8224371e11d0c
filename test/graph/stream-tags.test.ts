import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { composeSupergraph } from '../../gateway/federation/compose';
import { StreamTags } from '../../gateway/streams/stream.tags';
import { SUBGRAPH_NAMES } from '../../platform/env';

const root = path.join(__dirname, '../..');

async function composed() {
  const { sdl, apiSdl } = composeSupergraph(await Promise.all(SUBGRAPH_NAMES.map(async (name) => ({
    name, url: `in-process://${name}`, sdl: await readFile(path.join(root, 'subgraphs', name, 'schema.graphql'), 'utf8'),
  }))));
  const schema = buildSchema(apiSdl);
  const tags = new StreamTags(sdl, schema);
  const of = (text: string) => { const document = parse(text); return tags.of(document, getOperationAST(document)!); };
  return { schema, apiSdl, of };
}

describe('the subscriptions of the graph', () => {
  it('each say what they promise, so that none is served to every subscriber apart', async () => {
    const { schema, of } = await composed();
    const kinds = Object.keys(schema.getSubscriptionType()!.getFields()).map((field) => [field, of(`subscription { ${field}(id: "1") { __typename } }`).kind]);
    expect(Object.fromEntries(kinds)).toEqual({ deploymentUpdated: 'state', deploymentMetrics: 'state', jobUpdated: 'state', modelVersionUpdated: 'state', jobEvents: 'log', inferStream: 'private' });
  });

  it('are personal where they lead to a principal, which may see itself where others cannot', async () => {
    const { of } = await composed();
    expect(of('subscription { jobUpdated(id: "1") { createdBy { name } } }').isPersonal).toBe(true);
    expect(of('subscription { jobUpdated(id: "1") { deployment { model { fullName } } } }').isPersonal).toBe(false);
  });

  it('show clients nothing of their tags', async () => {
    expect((await composed()).apiSdl).not.toMatch(/@tag|stream\/|personal/);
  });
});
