import { Field, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';

/** A file of a version: its bytes are the artifact with this digest. */
export interface FileFacts {
  /** Within the version, such as `onnx/weights.bin`; safe to be joined to a folder. */
  path: string;
  /** SHA-256, 64 characters of lower-case hex. */
  digest: string;
  sizeBytes: number;
}

@ObjectType({ description: 'A file of a model version.' })
export class VersionFile implements FileFacts {
  versionId: string;

  @Field(() => String, { description: 'Where it lies in the version, such as `model.onnx` or `onnx/weights.bin`.' })
  path: string;

  @Field(() => String, { name: 'sha256', description: 'The SHA-256 of its bytes, in hex.' })
  digest: string;

  @Field(() => BigIntScalar, { description: 'Its size in bytes.' })
  sizeBytes: number;
}
