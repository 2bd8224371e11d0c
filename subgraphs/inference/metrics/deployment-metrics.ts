import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import { DeploymentQueue } from '../load/deployment-queue';
import type { DropReason } from '../worker.contract';

export const DropReasonEnum = {
  QUEUE_FULL: 'QUEUE_FULL', DEADLINE_UNREACHABLE: 'DEADLINE_UNREACHABLE', DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED', CANCELED: 'CANCELED',
} as const satisfies { [Reason in DropReason]: Reason };

registerEnumType(DropReasonEnum, {
  name: 'DropReason',
  description: 'Why items were refused, or given up before they were done.',
  valuesConfig: {
    QUEUE_FULL: { description: 'The deployment had as much waiting, or in flight, as it may.' },
    DEADLINE_UNREACHABLE: { description: 'They were predicted to be late, and not accepted.' },
    DEADLINE_EXCEEDED: { description: 'Their deadline passed, or would have passed during their run.' },
    CANCELED: { description: 'A caller canceled them, or went away.' },
  },
});

@ObjectType({ description: 'How long items took, in milliseconds: of a job from its acceptance to its result, of a direct call to its answer.' })
export class LatencyQuantiles {
  @Field(() => Float, { description: 'Half of the items took at most this.' })
  p50: number;

  @Field(() => Float, { description: '95 % of the items took at most this.' })
  p95: number;

  @Field(() => Float, { description: '99 % of the items took at most this.' })
  p99: number;

  @Field(() => Float, { description: 'The average.' })
  mean: number;
}

@ObjectType({ description: 'Items that were dropped for one reason.' })
export class DroppedItems {
  @Field(() => DropReasonEnum, { description: 'Why.' })
  reason: DropReason;

  @Field(() => BigIntScalar, { description: 'How many.' })
  items: number;
}

@ObjectType({ description: 'What became of a deployment\'s items within some time, over both lanes: items of jobs and direct calls count alike.' })
export class MetricSpan {
  @Field(() => GraphQLDateTime, { description: 'Its beginning.' })
  from: Date;

  @Field(() => GraphQLDateTime, { description: 'Its end; where it is not over yet, now.' })
  to: Date;

  @Field(() => BigIntScalar, { description: 'Items that ended, with outputs or with an error.' })
  finished: number;

  @Field(() => BigIntScalar, { description: 'Items that ended with an error.' })
  failed: number;

  @Field(() => Float, { description: 'Items that ended per second.' })
  rate: number;

  @Field(() => Float, { description: 'The share of them that failed, 0 to 1.' })
  errorRate: number;

  @Field(() => LatencyQuantiles, { nullable: true, description: 'How long they took, read from a histogram whose steps are 19 % wide; null where none ended.' })
  latency: LatencyQuantiles | null;

  @Field(() => Float, { nullable: true, description: 'Milliseconds they waited for a worker, on average; null where none ended.' })
  meanQueueWaitMs: number | null;

  @Field(() => Float, { description: 'Milliseconds of compute spent on them: each item\'s share of its runs.' })
  computeMs: number;

  @Field(() => BigIntScalar, { description: 'Items that were answered with a kept result: see `Deployment.resultReuse`.' })
  cached: number;

  @Field(() => BigIntScalar, { description: 'Items that were answered with a result which was being computed for another.' })
  coalesced: number;

  @Field(() => Float, {
    description: 'Milliseconds of compute that cancels, deadlines and results used again saved: what dropped items were predicted to take, less what was spent on them; what computing the reused results took.',
  })
  savedMs: number;

  @Field(() => [DroppedItems], { description: 'What was dropped, by reason; reasons that did not occur are left out.' })
  dropped: DroppedItems[];
}

@ObjectType({ description: 'A deployment\'s metrics over a window, from roll-ups that all processes add to every two seconds: of ten seconds, after two hours of five minutes.' })
export class DeploymentMetrics {
  @Field(() => MetricSpan, { description: 'The whole window.' })
  total: MetricSpan;

  @Field(() => Int, { description: 'The length of each point\'s span, in milliseconds.' })
  stepMs: number;

  @Directive('@listSize(assumedSize: 120)')
  @Field(() => [MetricSpan], { description: 'The window in steps, oldest first, without gaps.' })
  points: MetricSpan[];
}

@ObjectType({ description: 'A deployment\'s metrics of the last minute, and its queue.' })
export class DeploymentMetricsUpdate {
  @Field(() => MetricSpan, { description: 'The last minute, in whole steps of ten seconds.' })
  recent: MetricSpan;

  @Field(() => DeploymentQueue, { description: 'The work that waits.' })
  queue: DeploymentQueue;
}
