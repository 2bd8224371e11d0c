import { buildSchema, type GraphQLSchema } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { SubgraphContext } from '../../platform/subgraph/subgraph';
import type { SupergraphMember } from '../federation/build-supergraph';
import { InProcessClient } from '../federation/in-process-client';
import { chargeOf, type Charge } from './charge';

const FEDERATION = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost"])\n';

/** What of the graph the gateway itself answers. */
const TYPES = `
"""What can be read. What the caller may not see is answered as if it did not exist."""
type Query {
  """What this operation costs and what the caller's key has left."""
  rateLimit: RateLimit! @cost(weight: 0)
}

"""The cost of an operation, and the budget of the key that it came with."""
type RateLimit {
  """What this operation may cost at most: about one point per object that it may answer with, ten per mutation."""
  cost: Int!
  """The most that one operation may cost."""
  allowedCost: Int!
  """What the key may spend in a window; null when there is no such limit."""
  limit: Int
  """What is left of it, this operation taken off; null when there is no such limit."""
  remaining: Int
  """When the next window begins, with all of it; null when there is no such limit."""
  resetAt: DateTime
}

"""A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the date-time format of RFC 3339."""
scalar DateTime
`;

export const GATEWAY_SDL = FEDERATION + TYPES;

/** The member of the supergraph that knows about limits: the gateway itself. */
export function rateLimitMember(): SupergraphMember {
  const context = (scope: RequestScope): SubgraphContext => ({ ...scope, loaders: {} });
  return { client: new InProcessClient({ name: 'gateway', schema: executable(), context }), sdl: GATEWAY_SDL };
}

function executable(): GraphQLSchema {
  const schema = buildSchema(TYPES.replace(/ @cost\(.*\)/, ''));
  schema.getQueryType()!.getFields()['rateLimit']!.resolve = (_root, _args, scope: RequestScope) => toRateLimit(chargeOf(scope));
  return schema;
}

/** A null charge belongs to no door: what the platform asks itself is free. */
function toRateLimit(charge: Charge | null) {
  const balance = charge?.balance ?? null;
  return {
    cost: charge?.cost ?? 0,
    allowedCost: charge?.allowed ?? 0,
    limit: balance?.limit ?? null,
    remaining: balance?.remaining ?? null,
    resetAt: balance && new Date(balance.resetAtMs).toISOString(),
  };
}
