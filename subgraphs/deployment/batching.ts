import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Column } from 'typeorm';

@ObjectType({ description: 'What one run takes at one batch size.' })
export class BatchTime {
  @Field(() => Int, { description: 'Items in the run.' })
  batchSize: number;

  @Field(() => Float, { description: 'Milliseconds of the run, the median of several.' })
  msPerBatch: number;

  @Field(() => Float, { description: 'Items a second at this size.' })
  get itemsPerSecond(): number {
    return (this.batchSize / this.msPerBatch) * 1_000;
  }
}

/** What someone wished. */
export class BatchingSettings {
  /** Null: what was measured decides. */
  @Column('integer', { name: 'max_batch_size', nullable: true })
  maxBatchSize: number | null;

  @Column('integer', { name: 'max_batch_delay_ms' })
  maxDelayMs: number;
}

@ObjectType({ description: 'How items of different jobs are run together: what was wished, and what the worker measured that loaded the revision last.' })
export class Batching {
  @Field(() => Int, { nullable: true, description: 'Most items in one run, as someone chose it; 1 means no batching. Null: `chosenMaxBatch` holds.' })
  maxBatchSize: number | null;

  @Field(() => Int, { description: 'Milliseconds the first item of a batch waits for others at most.' })
  maxDelayMs: number;

  @Field(() => [BatchTime], { description: 'What was measured, by batch size; empty until a worker has loaded the revision, and where nothing could be measured.' })
  table: BatchTime[] = [];

  @Field(() => Int, { nullable: true, description: 'The batch size that pays; 1 where none does, null until a worker has loaded the revision.' })
  chosenMaxBatch: number | null = null;

  @Field(() => Float, { nullable: true, description: 'Items a second at that size to those one at a time; null where nothing was measured.' })
  gain: number | null = null;

  @Field(() => Float, {
    nullable: true,
    description: 'The largest relative difference seen between the outputs of an item alone and in a batch; 0 means equal bit for bit, null that none was seen.',
  })
  maxRelativeError: number | null = null;

  @Field(() => String, { nullable: true, description: 'Why that size was chosen; null until a worker has loaded the revision.' })
  reason: string | null = null;

  @Field(() => String, { nullable: true, description: 'The device it was measured on; null until a worker has loaded the revision.' })
  device: string | null = null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was measured; null until a worker has loaded the revision.' })
  measuredAt: Date | null = null;
}
