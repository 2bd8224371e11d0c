import { buildASTSchema, buildSchema, parse } from 'graphql';
import { composeSupergraph, type ComposedSdl } from './compose';
import { FederatedGraph, type GraphObserver } from './federated-graph';
import { OperationCache } from './operation-cache';
import { OperationPlanner } from './operation-planner';
import { PlanCompiler } from './plan-compile';
import { PartwisePlanner } from './planning/partwise-planner';
import type { SubgraphClient } from './subgraph-client';
import type { Supergraph } from './supergraph';
import { TypeConditions } from './type-conditions';

export interface SupergraphMember {
  client: SubgraphClient;
  sdl: string;
  /** Only written into the supergraph; a subgraph in process has none. */
  url?: string;
}

/**
 * Composes the members into a graph that can be executed.
 * @throws CONFIGURATION_INVALID with every reason when they do not compose
 */
export function buildSupergraph(members: readonly SupergraphMember[], observer: GraphObserver = {}): Supergraph {
  const composed = composeSupergraph(members.map(({ client, sdl: text, url }) => ({
    name: client.name, sdl: text, url: url ?? `in-process://${client.name}`,
  })));
  return graphOf(composed, members.map(({ client }) => client), observer);
}

/** A graph that was composed already, over the clients of its subgraphs. */
export function graphOf({ sdl, apiSdl }: ComposedSdl, clients: readonly SubgraphClient[], observer: GraphObserver = {}): Supergraph {
  const apiSchema = buildSchema(apiSdl);
  const types = new TypeConditions(buildASTSchema(parse(sdl, { noLocation: true }), { assumeValidSDL: true }));
  const compiler = new PlanCompiler(new Map(clients.map((client) => [client.name, client])), types);
  const planner = new OperationPlanner(new PartwisePlanner(sdl, apiSchema), compiler, apiSchema);
  const operations = new OperationCache((document, name) => planner.prepare(document, name), undefined, observer.onLookup);
  return new FederatedGraph({ apiSchema, sdl, operations, observer });
}
