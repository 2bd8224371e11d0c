import { executeEntityStep } from './execute-entities';
import { executeRootStep } from './execute-root';
import type { Execution } from './execution';
import type { Step } from './plan';

/** Runs a step and those within it. What subgraphs refuse becomes errors of the execution; it rejects only for faults of our own. */
export async function executeStep(step: Step, execution: Execution): Promise<void> {
  if (execution.isStopped) return;
  switch (step.kind) {
    case 'sequence':
      for (const next of step.steps) await executeStep(next, execution);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((next) => executeStep(next, execution)));
      return;
    case 'root':
      return executeRootStep(step, execution);
    case 'entities':
      return executeEntityStep(step, execution);
    default:
      return step satisfies never;
  }
}
