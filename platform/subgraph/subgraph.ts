import type { GraphQLSchema } from 'graphql';
import type { RequestScope } from '../caller';
import type { ByteRoute } from '../bytes/byte-route';
import type { SubgraphName } from '../env';

/** What every subgraph hands to whoever serves it: the gateway in process, or its own HTTP server. */
export interface Subgraph {
  readonly name: SubgraphName;
  /** Federation 2 SDL, `@link` included; the same text as the committed snapshot. */
  readonly sdl: string;
  /** Executable, with `_service` and `_entities`. */
  readonly schema: GraphQLSchema;
  /** A fresh context, so fresh loaders, per operation and per subscription event. */
  context(scope: RequestScope): SubgraphContext;
  /** Path prefixes, such as `/uploads/`, whose bytes this subgraph answers. */
  readonly bytePrefixes: readonly string[];
  readonly bytes: ByteRoute | null;
}

export interface SubgraphContext extends RequestScope {
  /** Set by `context()` of each subgraph to its own loaders. */
  readonly loaders: object;
}
