import { GraphQLJSON } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { DatatypeEnum } from '../../../platform/subgraph/datatype.enum';
import type { Datatype } from '../../../platform/tensor/datatype';
import { encodeBase64, encodeJson } from '../../../platform/tensor/inline-tensor';
import type { ChunkTensor } from '../worker.contract';
import { Base64Scalar } from './base64.scalar';

@ObjectType({ description: 'A named array of numbers, truth values or bytes: what models take and give.' })
export class Tensor {
  constructor(readonly content: ChunkTensor) {}

  @Field(() => String, { description: 'The name of the model\'s input or output.' })
  get name(): string { return this.content.name; }

  @Field(() => DatatypeEnum, { description: 'The type of its elements.' })
  get datatype(): Datatype { return this.content.datatype; }

  @Field(() => [Int], { description: 'The size of each dimension; empty for a single value.' })
  get shape(): number[] { return this.content.shape; }

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The elements as a flat list, row by row. 64-bit integers are strings, as are "NaN", "Infinity" and "-Infinity". '
      + 'Null for tensors of jobs above 64 KiB (read `url`) and for BYTES that are no UTF-8.',
  })
  get json(): unknown { return 'data' in this.content ? encodeJson(this.content) : null; }

  @Field(() => Base64Scalar, {
    nullable: true,
    description: 'The raw bytes: little-endian, row by row, each element of BYTES after its length as uint32. '
      + 'Null for tensors of jobs above 64 KiB: read `url`.',
  })
  get base64(): string | null { return 'data' in this.content ? encodeBase64(this.content) : null; }
}
