import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import { Upload } from './upload';

@InputType({ description: 'What `createUpload` needs.' })
export class CreateUploadInput {
  @Field(() => String, { description: 'The full name of the model that gets the version, such as `default/ocr`.' })
  model: string;

  @Field(() => ID, { nullable: true, description: 'The draft of the model that gets the file; without it the file becomes a version by itself.' })
  draft?: string | null;

  @Field(() => String, { nullable: true, description: 'Where in the draft the file will lie, such as `model.onnx` or `onnx/weights.bin`.' })
  path?: string | null;

  @Field(() => BigIntScalar, { nullable: true, description: 'Announces the size of the file in bytes: a body of another size is refused.' })
  sizeBytes?: number | null;

  @Field(() => String, { nullable: true, description: 'Announces the SHA-256 of the file in hex: a body with another is refused.' })
  sha256?: string | null;
}

@ObjectType({ description: 'What `createUpload` answers.' })
export class CreateUploadPayload {
  @Field(() => Upload, { description: 'The upload: send the file to its `url`, as it is.' })
  upload: Upload;
}
