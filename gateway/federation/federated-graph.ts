import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { PlatformError } from '../../platform/errors';
import { executeStep } from './execute';
import { Execution, type ExecutionInput } from './execution';
import type { OperationPlan } from './operation-plan';
import type { PlanCache } from './plan-cache';
import { subscribeTo } from './subscribe';
import type { OperationRequest, Supergraph } from './supergraph';

export interface FederatedGraphParts {
  apiSchema: GraphQLSchema;
  sdl: string;
  plans: PlanCache;
}

/** Runs operations over a composed graph: plan, run the steps, project. */
export class FederatedGraph implements Supergraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  #plans: PlanCache;

  constructor({ apiSchema, sdl, plans }: FederatedGraphParts) {
    this.apiSchema = apiSchema;
    this.sdl = sdl;
    this.#plans = plans;
  }

  async execute(request: OperationRequest): Promise<ExecutionResult> {
    const plan = await this.#planOf(request);
    const input = inputOf(plan, request);
    if ('errors' in input) return input;
    if (plan.source) throw new PlatformError('BAD_USER_INPUT', 'A subscription needs a connection that can carry its events.');
    const execution = new Execution(input);
    plan.introspect(execution, request.variables ?? {});
    if (plan.step) await executeStep(plan.step, execution);
    return plan.finish(execution);
  }

  async subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const plan = await this.#planOf(request);
    const input = inputOf(plan, request);
    if ('errors' in input) return input;
    if (!plan.source) throw new PlatformError('BAD_USER_INPUT', 'The operation is not a subscription.');
    return subscribeTo(plan, plan.source, input);
  }

  #planOf({ document, operationName }: OperationRequest): Promise<OperationPlan> {
    return this.#plans.get(document, operationName ?? null);
  }
}

function inputOf(plan: OperationPlan, { variables, scope, signal }: OperationRequest): ExecutionInput | ExecutionResult & { errors: object } {
  const coerced = plan.coerce(variables ?? {});
  if ('errors' in coerced) return coerced;
  return { kind: plan.kind, variables: coerced.variables, scope, signal, responseKeys: plan.responseKeys };
}
