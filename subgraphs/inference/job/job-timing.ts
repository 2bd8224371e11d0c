import { Field, Float, Int, ObjectType } from 'type-graphql';

export interface TimedRow {
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  batchWaitMs: number | null;
  computeMs: number | null;
  batchSize: number | null;
}

@ObjectType({
  description: 'Where the time of the present attempt of a job, or of some of its items, went. Each part is null until it is known.',
})
export class JobTiming {
  @Field(() => Float, { nullable: true, description: 'Milliseconds from being queued until a worker dispatched the first of it.' })
  queuedMs: number | null;

  @Field(() => Float, {
    nullable: true, description: 'Milliseconds that its parts waited for others to share a batch: the longest such wait.',
  })
  batchWaitMs: number | null;

  @Field(() => Float, {
    nullable: true, description: 'Milliseconds of computation: the sum over its parts, which may have run side by side.',
  })
  computeMs: number | null;

  @Field(() => Float, { nullable: true, description: 'Milliseconds from being queued to its final state.' })
  totalMs: number | null;

  @Field(() => Int, { nullable: true, description: 'The most items that ran together in one of its batches.' })
  batchSize: number | null;

  static of({ queuedAt, startedAt, finishedAt, batchWaitMs, computeMs, batchSize }: TimedRow): JobTiming {
    return { queuedMs: between(queuedAt, startedAt), batchWaitMs, computeMs, totalMs: between(queuedAt, finishedAt), batchSize };
  }
}

/** The clocks of two machines may differ by more than a short wait. */
function between(from: Date, to: Date | null): number | null {
  return to === null ? null : Math.max(0, to.getTime() - from.getTime());
}
