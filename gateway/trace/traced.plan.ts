import { SpanKind } from '@opentelemetry/api';
import type { RequestScope } from '../../platform/caller';
import type { Tracing } from '../../platform/trace/tracing';

/** The span in which an operation waits for its plan: next to nothing where the plan is kept. */
export async function tracedPlan<Plan>(tracing: Tracing, { trace }: RequestScope, plan: () => Promise<Plan>): Promise<Plan> {
  const span = tracing.start('plan', { kind: SpanKind.INTERNAL, parent: trace });
  try {
    return await plan();
  } finally {
    span.end();
  }
}
