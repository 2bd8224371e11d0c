import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Execution } from './execution';
import { mergeInto } from './merge';
import type { RootStep } from './plan';
import type { ResponsePath } from './response';
import { applyRewrites, rewritePath } from './rewrite';

export async function executeRootStep(step: RootStep, execution: Execution): Promise<void> {
  const result = await execution.call(step, execution.variablesFor(step), () => holeOf(step));
  if (result) acceptRootResult(step, result, execution);
  else execution.halt();
}

/** Takes over an answer of root fields, of a fetch or of a subscription's event. */
export function acceptRootResult(step: RootStep, { data, errors }: ExecutionResult, execution: Execution): void {
  for (const error of errors ?? []) execution.report(error, step, error.path ? rewritePath(error.path, step.outputRewrites) : holeOf(step));
  if (!data) {
    if (!errors?.length) execution.report(new GraphQLError('The subgraph answers without data and tells no error.'), step, holeOf(step));
    return execution.halt();
  }
  reportMissing(step, { data, errors }, execution);
  applyRewrites(data, step.outputRewrites);
  mergeInto(execution.data, data, false, step.asked);
}

/** A field that an answer does not hold is no null that the subgraph has decided on. */
function reportMissing(step: RootStep, { data, errors = [] }: ExecutionResult, execution: Execution): void {
  for (const key of step.rootKeys) {
    if (Object.hasOwn(data!, key) || errors.some(({ path }) => !path || path[0] === key)) continue;
    execution.report(new GraphQLError('The subgraph leaves out a field that it was asked for.'), step, rewritePath([key], step.outputRewrites));
  }
}

/** An error without a path is told at the field it leaves empty, or at none when there are several. */
function holeOf({ rootKeys }: RootStep): ResponsePath | undefined {
  return rootKeys.length === 1 ? rootKeys : undefined;
}
