import type { ExecutionResult, GraphQLError } from 'graphql';

export interface StreamHooks {
  onResult(result: ExecutionResult): ExecutionResult;
  onFailure(error: unknown): GraphQLError;
}

/**
 * The results of one upstream, with nothing left in them that a client may not read. An explicit iterator, since an async generator would
 * not hear `return()` while it awaits, and the upstream would live on after a disconnect.
 */
export class ResultStream implements AsyncIterator<ExecutionResult, undefined> {
  constructor(private readonly source: AsyncIterator<ExecutionResult>, private readonly hooks: StreamHooks) {}

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const step = await this.source.next();
      return step.done ? { value: undefined, done: true } : { value: this.hooks.onResult(step.value), done: false };
    } catch (error) {
      throw this.hooks.onFailure(error);
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.source.return?.();
    return { value: undefined, done: true };
  }
}
