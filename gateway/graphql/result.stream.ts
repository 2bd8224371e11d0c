import type { ExecutionResult, GraphQLError } from 'graphql';

export interface StreamHooks {
  onResult(result: ExecutionResult): ExecutionResult;
  onFailure(error: unknown): GraphQLError;
  /** Once, when the source has ended or failed or the reader has left. */
  onEnd(stream: { count: number; failure: GraphQLError | null }): void;
}

/**
 * The results of one subscription on their way to a client. It holds none of them: the next is asked for when the last has left
 * the socket, so a slow reader slows its own source and nothing else. An explicit iterator, since an async generator would not
 * hear `return()` while it awaits, and the upstream would live on after a disconnect.
 */
export class ResultStream implements AsyncIterableIterator<ExecutionResult> {
  #count = 0;
  #isEnded = false;

  constructor(private readonly source: AsyncIterator<ExecutionResult>, private readonly hooks: StreamHooks) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const step = await this.source.next();
      if (step.done) return this.#end(null);
      this.#count += 1;
      return { value: this.hooks.onResult(step.value), done: false };
    } catch (error) {
      const failure = this.hooks.onFailure(error);
      this.#end(failure);
      throw failure;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const end = this.#end(null);
    await this.source.return?.();
    return end;
  }

  #end(failure: GraphQLError | null): IteratorReturnResult<undefined> {
    if (!this.#isEnded) {
      this.#isEnded = true;
      this.hooks.onEnd({ count: this.#count, failure });
    }
    return { value: undefined, done: true };
  }
}
