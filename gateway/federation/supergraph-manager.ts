import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { buildSupergraph, type SupergraphMember } from './build-supergraph';
import type { GraphObserver } from './federated-graph';
import type { OperationRequest, Supergraph } from './supergraph';
import type { ExecutionResult, GraphQLSchema } from 'graphql';

/**
 * The supergraph of the moment. Members can be replaced while it runs: requests that come from then on see the new graph, those under
 * way and open streams end with the plan they began with. A set that does not compose is refused and the last good graph stays.
 */
export class SupergraphManager implements Supergraph {
  #current: Supergraph;
  #members: ReadonlyMap<string, SupergraphMember>;
  #listeners = new Set<(graph: Supergraph) => void>();

  /** @throws CONFIGURATION_INVALID when the first set does not compose: there is no good graph to keep */
  constructor(members: readonly SupergraphMember[], private readonly log: Log, private readonly observer?: GraphObserver) {
    this.#members = byName(members);
    this.#current = buildSupergraph(members, observer);
  }

  get apiSchema(): GraphQLSchema {
    return this.#current.apiSchema;
  }

  get sdl(): string {
    return this.#current.sdl;
  }

  execute(request: OperationRequest): Promise<ExecutionResult> {
    return this.#current.execute(request);
  }

  subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    return this.#current.subscribe(request);
  }

  /** Adds a member or takes it in place of the one of its name. Null, or why the graph stays as it was. */
  replace(member: SupergraphMember): string | null {
    const members = new Map(this.#members).set(member.client.name, member);
    try {
      this.#current = buildSupergraph([...members.values()], this.observer);
    } catch (error) {
      this.log.error({ subgraph: member.client.name, reason: messageOf(error) }, 'recomposition refused');
      return messageOf(error);
    }
    this.#members = members;
    this.log.info({ subgraph: member.client.name }, 'supergraph recomposed');
    for (const listener of this.#listeners) listener(this.#current);
    return null;
  }

  /** Told of each new graph. The returned function ends it. */
  onChange(listener: (graph: Supergraph) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }
}

function byName(members: readonly SupergraphMember[]): Map<string, SupergraphMember> {
  return new Map(members.map((member) => [member.client.name, member]));
}
