import type { ExecutionResult, OperationTypeNode } from 'graphql';
import type { Execution } from './execution';
import type { CompiledPlan } from './plan-compile';
import type { Projection } from './projection';
import { ProjectionState } from './projection-state';

/** All that can be known of an operation once its `@skip` and `@include` are decided. */
export class OperationPlan {
  /** The fetch that opens a subscription's event stream. */
  readonly source: CompiledPlan['source'];
  readonly step: CompiledPlan['step'];

  constructor(readonly kind: OperationTypeNode, plan: CompiledPlan, private readonly projection: Projection) {
    this.source = plan.source;
    this.step = plan.step;
  }

  finish({ data, errors }: Execution): ExecutionResult {
    const state = new ProjectionState(errors);
    const projected = this.projection.project(data, state);
    return state.errors.length > 0 ? { errors: state.errors, data: projected } : { data: projected };
  }
}
