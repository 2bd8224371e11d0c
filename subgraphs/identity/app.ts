import { demandsKeys } from '../../gateway/identity/host-guard';
import type { SubgraphProgram } from '../../platform/subgraph/program';
import { authenticationRoutes, createIdentitySubgraph, ensureBootstrap, identityEntities, identityService } from '.';

/**
 * Who may do what. Its first start makes the default namespace and, unless bound to loopback, a key that is printed here and nowhere
 * else.
 */
export const identityProgram: SubgraphProgram = {
  name: 'identity',
  entities: identityEntities,
  async start({ database, environment: { http } }) {
    const secret = await ensureBootstrap({ database, bootstrapApiKey: http.bootstrapApiKey, isLoopback: !demandsKeys(http) });
    if (secret !== null) process.stdout.write(`bootstrap API key, shown this once: ${secret}\n`);
    return createIdentitySubgraph({ database });
  },
  internalRoutes: ({ database }) => authenticationRoutes(identityService(database)),
};
