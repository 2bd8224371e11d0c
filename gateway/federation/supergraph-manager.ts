import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { GraphInUse } from './graph-in-use';
import type { OperationRequest, Supergraph } from './supergraph';

/**
 * The supergraph of the moment. It can be replaced while it runs: what comes from then on sees the new graph; requests under way, documents
 * validated already and open streams end with the graph they began with.
 */
export class SupergraphManager implements Supergraph {
  #current: GraphInUse;
  readonly #held = new WeakMap<DocumentNode, GraphInUse>();
  readonly #listeners = new Set<(graph: Supergraph) => void>();

  constructor(first: Supergraph) {
    this.#current = new GraphInUse(first);
  }

  get apiSchema(): GraphQLSchema {
    return this.#current.apiSchema;
  }

  get sdl(): string {
    return this.#current.sdl;
  }

  execute(request: OperationRequest): Promise<ExecutionResult> {
    return this.of(request.document).execute(request);
  }

  subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    return this.of(request.document).subscribe(request);
  }

  hold(document: DocumentNode): void {
    this.#held.set(document, this.#current);
  }

  of(document: DocumentNode): GraphInUse {
    const held = this.#held.get(document);
    return held && !held.isOver ? held : this.#current;
  }

  /** Resolves once nothing runs on the graph before any more: then what it alone needed may be closed. */
  replace(next: Supergraph): Promise<void> {
    const before = this.#current;
    this.#current = new GraphInUse(next);
    for (const listener of this.#listeners) listener(this.#current);
    return before.retire();
  }

  /** Told of each new graph. The returned function ends it. */
  onChange(listener: (graph: Supergraph) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }
}
