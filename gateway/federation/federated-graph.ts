import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { executeStep } from './execute';
import { Execution, type ExecutionInput } from './execution';
import type { Operation } from './operation';
import type { OperationPlan } from './operation-plan';
import type { OperationCache } from './operation-cache';
import { subscribeTo } from './subscribe';
import type { OperationRequest, Supergraph } from './supergraph';
import type { Variables } from './subgraph-client';

/** Who watches from outside; nothing of it changes what is answered. */
export interface GraphObserver {
  /** Of each operation: whether it was known, with its plans. */
  onLookup?(isHit: boolean): void;
  /** Waits for the plan of one request. */
  aroundPlan?<Plan>(scope: RequestScope, plan: () => Promise<Plan>): Promise<Plan>;
}

export interface FederatedGraphParts {
  apiSchema: GraphQLSchema;
  sdl: string;
  operations: OperationCache;
  observer?: GraphObserver;
}

/** Runs operations over a composed graph: coerce the variables, take the plan, run its steps, project. */
export class FederatedGraph implements Supergraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  #operations: OperationCache;
  #observer: GraphObserver;

  constructor({ apiSchema, sdl, operations, observer = {} }: FederatedGraphParts) {
    this.#observer = observer;
    this.apiSchema = apiSchema;
    this.sdl = sdl;
    this.#operations = operations;
  }

  async execute(request: OperationRequest): Promise<ExecutionResult> {
    const operation = this.#operationOf(request);
    const coerced = operation.coerce(request.variables ?? {});
    if ('errors' in coerced) return coerced;
    const plan = await this.#planOf(operation, coerced.variables, request.scope);
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

  #planOf(operation: Operation, variables: Variables, scope: RequestScope): Promise<OperationPlan> {
    const plan = () => operation.plan(variables);
    return this.#observer.aroundPlan?.(scope, plan) ?? plan();
  }

  #operationOf({ document, operationName }: OperationRequest): Operation {
    return this.#operations.get(document, operationName ?? null);
  }
}

function inputOf({ scope, signal }: OperationRequest, { parts }: Operation, variables: Variables): ExecutionInput {
  return { kind: parts.definition.operation, variables, scope, signal, responseKeys: parts.responseKeys };
}
