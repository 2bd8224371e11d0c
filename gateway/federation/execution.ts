import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { messageOf } from '../../platform/errors';
import type { Fetch } from './plan';
import type { ResponseObject, ResponsePath } from './response';
import type { Variables } from './subgraph-client';

export interface ExecutionInput {
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** Coerced, defaults included. */
  readonly variables: Variables;
  readonly scope: RequestScope;
  readonly signal?: AbortSignal;
  /** What the client calls the plan's aliases. */
  readonly responseKeys: ReadonlyMap<string, string>;
}

/** The state of one run of a plan: of one request, or of one event of a subscription. */
export class Execution {
  readonly data: ResponseObject = {};
  readonly errors: GraphQLError[] = [];
  #isHalted = false;

  constructor(readonly input: ExecutionInput) {}

  get isStopped(): boolean {
    return this.#isHalted || this.signal?.aborted === true;
  }

  /** Ends with the client's request; never for mutations, whose effect nobody would know if they were cut off. */
  get signal(): AbortSignal | undefined {
    return this.input.kind === 'mutation' ? undefined : this.input.signal;
  }

  /** A mutation whose field failed up to the root: GraphQL does not run the fields behind it. */
  halt(): void {
    if (this.input.kind === 'mutation') this.#isHalted = true;
  }

  variablesFor({ variableNames }: Fetch): Record<string, unknown> | undefined {
    if (variableNames.length === 0) return undefined;
    const { variables } = this.input;
    const picked: Record<string, unknown> = {};
    for (const name of variableNames) if (Object.hasOwn(variables, name)) picked[name] = variables[name];
    return picked;
  }

  /** Keeps a subgraph's error under the client's path; its code and cause stay, the subgraph's name is added. */
  report(error: GraphQLFormattedError | GraphQLError, { subgraph }: Fetch, path: ResponsePath | undefined): void {
    this.errors.push(new GraphQLError(error.message, {
      path: path && this.#forClient(path),
      originalError: error instanceof GraphQLError ? error.originalError : undefined,
      extensions: { ...error.extensions, subgraph: subgraph.name },
    }));
  }

  /** Asks a subgraph; null when it gave no answer, which is one error at the place that holds all it leaves empty. */
  async call(
    fetch: Fetch, variables: Variables | undefined, placeOfFailure: () => ResponsePath | undefined,
  ): Promise<ExecutionResult | null> {
    try {
      return await fetch.subgraph.execute(fetch.operation, variables, this.input.scope, this.signal);
    } catch (failure) {
      this.report(unanswered(failure), fetch, placeOfFailure());
      return null;
    }
  }

  /** Opens a subscription's event stream; a single result when there is none. */
  async open(source: Fetch): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    try {
      return await source.subgraph.subscribe(source.operation, this.variablesFor(source), this.input.scope);
    } catch (failure) {
      return { errors: [unanswered(failure)] };
    }
  }

  #forClient(path: ResponsePath): ResponsePath {
    const { responseKeys } = this.input;
    return responseKeys.size === 0 ? path : path.map((key) => (typeof key === 'string' ? responseKeys.get(key) ?? key : key));
  }
}

function unanswered(failure: unknown): GraphQLError {
  const originalError = failure instanceof Error ? failure : new Error(messageOf(failure));
  return new GraphQLError(originalError.message, { originalError });
}
