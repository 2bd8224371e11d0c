import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { PlatformError } from '../../platform/errors';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';
import { Revision } from './revision';
import type { RevisionSettings } from './revision.settings';

@InputType({ description: 'What a replica takes from its worker.' })
export class ResourcesInput {
  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'Bytes of memory reserved per replica; 256 MiB and three times the model file, when left out.',
  })
  memoryBytes?: number | null;

  @Field(() => Int, { nullable: true, description: 'Threads of one run, 1 to 256; 1 when left out.' })
  intraOpThreads?: number | null;
}

@InputType({ description: 'What an input is padded with.' })
export class PaddingValueInput {
  @Field(() => String, { description: 'The input.' })
  input: string;

  @Field(() => Float, { description: 'The value of added elements, one that the input\'s datatype holds.' })
  value: number;
}

@InputType({ description: 'How items of different lengths share a run.' })
export class PaddingInput {
  @Field(() => String, { description: 'The name of a free dimension of the model; outputs that have it too are cut to each item\'s own length.' })
  dimension: string;

  @Field(() => [Int], {
    defaultValue: [],
    description: 'Lengths to pad to, ascending, up to 64: items run with those that fit the same one; beyond the last, with those of equal length. None: all together, padded to the longest.',
  })
  buckets: number[];

  @Field(() => String, { nullable: true, description: 'The input that tells the model which positions count: added ones are 0.' })
  mask?: string | null;

  @Field(() => [PaddingValueInput], { defaultValue: [], description: 'What other inputs are padded with; 0 where nothing is said.' })
  values: PaddingValueInput[];
}

@InputType({ description: 'How items of different jobs are run together.' })
export class BatchingInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Most items in one run, 1 to 1024; 1 means no batching. More needs a dynamic dimension 0 on every input and output. When left out, as in the latest revision, or what pays when workers measure it.',
  })
  maxBatchSize?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True leaves `maxBatchSize` to what workers measure, also where the latest revision has a number; not together with one.',
  })
  autotune?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds the first item of a batch waits for others at most, up to 10000; 2 when left out.',
  })
  maxDelayMs?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the free dimension along which items are joined, where that is not the first of every tensor: every input and output must have it once. "" is the first again.',
  })
  dimension?: string | null;

  @Field(() => [PaddingInput], {
    nullable: true,
    description: 'Dimensions along which items of different lengths are padded to share a run, up to 8; an empty list is none. When left out, as in the latest revision.',
  })
  padding?: PaddingInput[] | null;
}

@InputType({ description: 'What a run may not pass.' })
export class LimitsInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds of wall clock after which a run is killed, 10 to 86400000; 60000 when left out.',
  })
  timeoutMs?: number | null;
}

/** How a revision serves, wherever one is made. */
@InputType()
export abstract class RevisionSettingsInput {
  @Field(() => ResourcesInput, { nullable: true, description: 'What a replica takes from its worker.' })
  resources?: ResourcesInput | null;

  @Field(() => BatchingInput, { nullable: true, description: 'How items are run together.' })
  batching?: BatchingInput | null;

  @Field(() => LimitsInput, { nullable: true, description: 'What a run may not pass.' })
  limits?: LimitsInput | null;
}

@InputType({ description: 'What `createRevision` needs. What is left out is as in the latest revision.' })
export class CreateRevisionInput extends RevisionSettingsInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => Int, { nullable: true, description: 'The number of a READY version of the deployment\'s model; not together with `alias`.' })
  version?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'An alias of the deployment\'s model; followed once, now. Not together with `version`.',
  })
  alias?: string | null;
}

@ObjectType({ description: 'What `createRevision` answers.' })
export class CreateRevisionPayload {
  @Field(() => Revision, { description: 'The new revision. `createRelease` puts it into service.' })
  revision: Revision;
}

/**
 * The settings that were given; null is the same as left out.
 * @throws BAD_USER_INPUT when a number is given and measuring wished as well
 */
export function givenSettings({ resources, batching, limits }: RevisionSettingsInput): Partial<RevisionSettings> {
  const settings = {
    memoryBytes: resources?.memoryBytes, intraOpThreads: resources?.intraOpThreads,
    maxBatchSize: batching?.maxBatchSize, maxBatchDelayMs: batching?.maxDelayMs, timeoutMs: limits?.timeoutMs,
    padding: batching?.padding?.map(({ dimension, buckets, mask, values }) => ({ dimension, buckets, mask: mask ?? null, values })),
  };
  const given: Partial<RevisionSettings> = Object.fromEntries(Object.entries(settings).filter(([, value]) => value != null));
  if (batching?.dimension != null) given.batchDimension = batching.dimension || null;
  if (!batching?.autotune) return given;
  if (given.maxBatchSize === undefined) return { ...given, maxBatchSize: null };
  throw new PlatformError('BAD_USER_INPUT', 'Give maxBatchSize or autotune, not both.');
}
