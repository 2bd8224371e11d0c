import type { ExecutionResult } from 'graphql';
import type { Log } from '../../platform/log';
import type { OperationRequest, Supergraph } from '../federation/supergraph';
import { toClientError, toClientErrorOf } from './client-error';
import { ResultStream } from './result.stream';

/** Runs operations for all doors: what comes out holds nothing that a client may not read. Never rejects. */
export class OperationRunner {
  constructor(readonly supergraph: Supergraph, private readonly log: Log) {}

  async execute(request: OperationRequest): Promise<ExecutionResult> {
    try {
      return this.#forClient(await this.supergraph.execute(request), request);
    } catch (error) {
      return { errors: [toClientErrorOf(error, request.scope.requestId, this.log)] };
    }
  }

  async subscribe(request: OperationRequest): Promise<ResultStream | ExecutionResult> {
    try {
      const answer = await this.supergraph.subscribe(request);
      if (!(Symbol.asyncIterator in answer)) return this.#forClient(answer, request);
      return new ResultStream(answer, {
        onResult: (result) => this.#forClient(result, request),
        onFailure: (error) => toClientErrorOf(error, request.scope.requestId, this.log),
      });
    } catch (error) {
      return { errors: [toClientErrorOf(error, request.scope.requestId, this.log)] };
    }
  }

  #forClient(result: ExecutionResult, { scope }: OperationRequest): ExecutionResult {
    if (!result.errors?.length) return result;
    return { ...result, errors: result.errors.map((error) => toClientError(error, scope.requestId, this.log)) };
  }
}
