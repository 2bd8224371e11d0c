import type { ExecutionResult } from 'graphql';
import { EventStream } from '../../platform/stream/event-stream';
import { executeStep } from './execute';
import { acceptRootResult } from './execute-root';
import { Execution, type ExecutionInput } from './execution';
import type { OperationPlan } from './operation-plan';
import type { RootStep } from './plan';

/**
 * Opens the subgraph's event stream and completes each event by the rest of the plan. Every event is an execution of its own, so
 * nothing of one, errors above all, is left for the next. When the client leaves, the upstream and its open fetches end at once.
 */
export async function subscribeTo(
  plan: OperationPlan, source: RootStep, input: ExecutionInput,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const opening = new Execution(input);
  const answer = await opening.open(source);
  if (!(Symbol.asyncIterator in answer)) return refused(answer, source, opening);
  const leaving = new AbortController();
  const complete = async (result: ExecutionResult): Promise<ExecutionResult> => {
    const execution = new Execution({ ...input, signal: leaving.signal });
    if (result.data === undefined) return refused(result, source, execution);
    acceptRootResult(source, result, execution);
    if (plan.step && result.data) await executeStep(plan.step, execution);
    return plan.finish(execution);
  };
  return new EventStream(answer, complete, () => leaving.abort());
}

/** No data at all says that the subgraph did not run the operation. */
function refused(answer: ExecutionResult, source: RootStep, execution: Execution): ExecutionResult {
  for (const error of answer.errors ?? []) execution.report(error, source, undefined);
  return { errors: execution.errors };
}
