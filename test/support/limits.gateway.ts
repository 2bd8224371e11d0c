import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionResult } from 'graphql';
import { GATEWAY_SDL, rateLimitMember } from '../../gateway/cost/rate-limit.member';
import type { SupergraphMember } from '../../gateway/federation/build-supergraph';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { SUBGRAPH_NAMES } from '../../platform/env';
import { openDoors } from './door.gateway';

const root = path.join(__dirname, '../..');

/** The whole graph behind all doors, by its committed SDL; behind it stand subgraphs that answer nothing and count how often they are asked. */
export async function openWholeGraphDoors({ answer = { data: null }, ...overrides }: Parameters<typeof openDoors>[0] & { answer?: ExecutionResult } = {}) {
  const calls: string[] = [];
  const members = await Promise.all(SUBGRAPH_NAMES.map(async (name): Promise<SupergraphMember> => ({
    sdl: await readFile(path.join(root, 'subgraphs', name, 'schema.graphql'), 'utf8'),
    client: {
      name, check: async () => null, close: async () => undefined,
      execute: async () => { calls.push(name); return answer; },
      subscribe: async () => { calls.push(name); return { errors: [] }; },
    },
  })));
  const doors = await openDoors({ supergraph: buildSupergraph([...members, rateLimitMember()]), ...overrides });
  return { ...doors, calls, sdl: GATEWAY_SDL };
}
