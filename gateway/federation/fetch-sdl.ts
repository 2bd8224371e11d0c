import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { compileOperation } from './plan-compile';
import { isObject } from './response';
import type { SubgraphClient } from './subgraph-client';

const SDL_QUERY = compileOperation('{ _service { sdl } }', 'query');

/**
 * Asks a subgraph for its SDL, as the federation specification has it.
 * @throws SUBGRAPH_UNAVAILABLE when it does not answer with one
 */
export async function fetchSdl(client: SubgraphClient, scope: RequestScope): Promise<string> {
  const { data, errors } = await client.execute(SDL_QUERY, undefined, scope);
  const service = data?.['_service'];
  if (isObject(service) && typeof service['sdl'] === 'string') return service['sdl'];
  const reason = errors?.[0]?.message ?? 'it has no _service';
  throw new PlatformError('SUBGRAPH_UNAVAILABLE', `The subgraph "${client.name}" does not tell its SDL: ${reason}.`);
}
