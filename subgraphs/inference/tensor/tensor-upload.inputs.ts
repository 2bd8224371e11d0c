import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DEFAULT_NAMESPACE } from '../../../platform/caller';
import { DatatypeEnum } from '../../../platform/subgraph/datatype.enum';
import type { Datatype } from '../../../platform/tensor/datatype';

@InputType({ description: 'A tensor that will be uploaded.' })
export class CreateTensorUploadInput {
  @Field(() => String, { defaultValue: DEFAULT_NAMESPACE, description: 'The namespace whose deployments will be called with it.' })
  namespace: string;

  @Field(() => DatatypeEnum, { description: 'The type of its elements.' })
  datatype: Datatype;

  @Field(() => [Int], {
    description: 'The size of each dimension. With the datatype it says how many bytes are expected, except for BYTES.',
  })
  shape: number[];
}

@ObjectType({ description: 'Where to upload the tensor.' })
export class CreateTensorUploadPayload {
  @Field(() => ID, { description: 'The tensor\'s id; pass it as `blob` of an input once the upload is done.' })
  blob: string;

  @Field(() => String, {
    description: 'Takes the raw bytes, little-endian and row by row, once. Who has the URL may upload: keep it secret.',
  })
  url: string;

  @Field(() => String, { description: 'The HTTP method: `PUT`.' })
  method: string;

  @Field(() => GraphQLDateTime, { description: 'When the URL ends.' })
  expiresAt: Date;
}
