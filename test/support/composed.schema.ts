import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { GATEWAY_SDL } from '../../gateway/cost/rate-limit.member';
import { composeSupergraph } from '../../gateway/federation/compose';
import { SUBGRAPH_NAMES } from '../../platform/env';

const root = path.join(__dirname, '../..');

/** What clients see, composed of the committed SDL of all subgraphs. */
export async function composedSchema(): Promise<GraphQLSchema> {
  const parts = await Promise.all(SUBGRAPH_NAMES.map(async (name) => ({
    name, url: `in-process://${name}`, sdl: await readFile(path.join(root, 'subgraphs', name, 'schema.graphql'), 'utf8'),
  })));
  return buildSchema(composeSupergraph([...parts, { name: 'gateway', url: 'in-process://gateway', sdl: GATEWAY_SDL }]).apiSdl);
}
