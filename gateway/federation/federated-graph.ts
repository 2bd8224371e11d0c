import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { PlatformError } from '../../platform/errors';
import { executeStep } from './execute';
import { Execution, type ExecutionInput } from './execution';
import type { Operation } from './operation';
import type { OperationCache } from './operation-cache';
import { subscribeTo } from './subscribe';
import type { OperationRequest, Supergraph } from './supergraph';
import type { Variables } from './subgraph-client';

export interface FederatedGraphParts {
  apiSchema: GraphQLSchema;
  sdl: string;
  operations: OperationCache;
}

/** Runs operations over a composed graph: coerce the variables, take the plan, run its steps, project. */
export class FederatedGraph implements Supergraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  #operations: OperationCache;

  constructor({ apiSchema, sdl, operations }: FederatedGraphParts) {
    this.apiSchema = apiSchema;
    this.sdl = sdl;
    this.#operations = operations;
  }

  async execute(request: OperationRequest): Promise<ExecutionResult> {
    const operation = this.#operationOf(request);
    const coerced = operation.coerce(request.variables ?? {});
    if ('errors' in coerced) return coerced;
    const plan = await operation.plan(coerced.variables);
    if (plan.kind === 'subscription') throw new PlatformError('BAD_USER_INPUT', 'A subscription needs a connection that carries events.');
    const execution = new Execution(inputOf(request, operation, coerced.variables));
    operation.introspect(execution, request.variables ?? {});
    if (plan.step) await executeStep(plan.step, execution);
    return plan.finish(execution);
  }

  async subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const operation = this.#operationOf(request);
    const coerced = operation.coerce(request.variables ?? {});
    if ('errors' in coerced) return coerced;
    const plan = await operation.plan(coerced.variables);
    if (!plan.source) throw new PlatformError('BAD_USER_INPUT', 'The operation is not a subscription to a field of a subgraph.');
    return subscribeTo(plan, plan.source, inputOf(request, operation, coerced.variables));
  }

  #operationOf({ document, operationName }: OperationRequest): Operation {
    return this.#operations.get(document, operationName ?? null);
  }
}

function inputOf({ scope, signal }: OperationRequest, { parts }: Operation, variables: Variables): ExecutionInput {
  return { kind: parts.definition.operation, variables, scope, signal, responseKeys: parts.responseKeys };
}
