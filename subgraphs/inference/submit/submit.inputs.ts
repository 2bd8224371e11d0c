import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DatatypeEnum } from '../../../platform/subgraph/datatype.enum';
import type { Datatype } from '../../../platform/tensor/datatype';
import { Job } from '../job/job';
import { Base64Scalar } from '../tensor/base64.scalar';
import type { ItemRequest, TensorRequest } from './item-check';
import type { SubmitRequest } from './submit.service';

@InputType({ description: 'A tensor for one input of the model: exactly one of `json`, `base64` and `blob` holds its elements.' })
export class TensorInput implements TensorRequest {
  @Field(() => String, { description: 'The name of the model\'s input.' })
  name: string;

  @Field(() => DatatypeEnum, { description: 'The type of its elements.' })
  datatype: Datatype;

  @Field(() => [Int], { description: 'The size of each dimension; empty for a single value.' })
  shape: number[];

  @Field(() => GraphQLJSON, { nullable: true, description: 'The elements as a list, nested like the shape or flat. 64-bit integers may be strings; "NaN", "Infinity" and "-Infinity" are.' })
  json?: unknown;

  @Field(() => Base64Scalar, { nullable: true, description: 'The raw bytes: little-endian, row by row, each element of BYTES after its length as uint32. At most 64 KiB of them.' })
  base64?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id that `createTensorUpload` gave, once its upload is done.' })
  blob?: string | null;
}

@InputType({ description: 'One call of the model.' })
export class InferenceItemInput implements ItemRequest {
  @Field(() => [TensorInput], { description: 'One tensor for each input of the model.' })
  inputs: TensorInput[];
}

@InputType({ description: 'Inference to be done.' })
export class SubmitInferenceInput implements SubmitRequest {
  @Field(() => String, { description: 'The full name of the deployment, such as `default/ocr`.' })
  deployment: string;

  @Field(() => [InferenceItemInput], { description: '1 to 10,000 calls of the model. They are independent of each other: one may fail while others succeed.' })
  items: InferenceItemInput[];

  @Field(() => [String], { nullable: true, description: 'The names of the outputs wanted; all of them when left out.' })
  outputs?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Its place in the queue, 0 to 1,000: 0, the default, is served first; larger numbers are for work that can wait.' })
  priority?: number | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds from now, up to 7 days: what is not done by then expires instead of being computed for nobody. By default the deployment\'s `admission.deadlineMs`.' })
  deadlineMs?: number | null;

  @Field(() => String, { nullable: true, description: 'Any text of yours, up to 255 characters, that makes a repeated request answer the same job instead of making another, for 24 hours.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'What `submitInference` did.' })
export class SubmitInferencePayload {
  @Field(() => Job, { description: 'The accepted job. Follow it with `jobUpdated` or `jobEvents`.' })
  job: Job;
}
