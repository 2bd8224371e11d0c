import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Column } from 'typeorm';
import type { PaddingSettings } from './worker.contract';

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

@ObjectType({ description: 'What an input is padded with.' })
export class PaddingValue {
  @Field(() => String, { description: 'The input.' })
  input: string;

  @Field(() => Float, { description: 'The value of added elements.' })
  value: number;
}

@ObjectType({ description: 'How items of different lengths share a run: padded along a named dimension, of which outputs are cut to each item\'s own length again.' })
export class Padding implements PaddingSettings {
  @Field(() => String, { description: 'The name of the free dimension.' })
  dimension: string;

  @Field(() => [Int], {
    description: 'Lengths to pad to, ascending: items run with those that fit the same one; beyond the last, with those of equal length. None: all together, padded to the longest.',
  })
  buckets: number[];

  @Field(() => String, { nullable: true, description: 'The input that tells the model which positions count: added ones are 0. Null: the model needs none.' })
  mask: string | null;

  @Field(() => [PaddingValue], { description: 'What other inputs are padded with; 0 where nothing is said, empty text where elements are text.' })
  values: PaddingValue[];
}

/** What someone wished. */
export class BatchingSettings {
  /** Null: what was measured decides. */
  @Column('integer', { name: 'max_batch_size', nullable: true })
  maxBatchSize: number | null;

  @Column('integer', { name: 'max_batch_delay_ms' })
  maxDelayMs: number;

  /** Null: dimension 0. */
  @Column('text', { name: 'batch_dimension', nullable: true })
  dimension: string | null;

  @Column('jsonb')
  padding: Padding[];
}

@ObjectType({ description: 'How items of different jobs are run together: what was wished, and what the worker measured that loaded the revision last.' })
export class Batching {
  @Field(() => Int, { nullable: true, description: 'Most items in one run, as someone chose it; 1 means no batching. Null: `chosenMaxBatch` holds.' })
  maxBatchSize: number | null;

  @Field(() => Int, { description: 'Milliseconds the first item of a batch waits for others at most.' })
  maxDelayMs: number;

  @Field(() => String, { nullable: true, description: 'The named dimension along which items are joined; null: the first of every tensor.' })
  dimension: string | null;

  @Field(() => [Padding], { description: 'Dimensions along which items of different lengths are padded to share a run.' })
  padding: Padding[];

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
