import { Field, Int, ObjectType } from 'type-graphql';
import type * as tensor from '../../../platform/tensor/tensor';
import { DatatypeEnum } from '../../../platform/subgraph/datatype.enum';
import type { Datatype } from '../../../platform/tensor/datatype';

@ObjectType({ description: 'One dimension of a tensor: either a fixed size, or a name that stands for any size.' })
export class Dimension implements tensor.Dimension {
  @Field(() => Int, { nullable: true, description: 'The fixed size; null when any size fits.' })
  size: number | null;

  @Field(() => String, {
    nullable: true, description: 'The name of a free dimension, empty when the model gives none; null when the size is fixed.',
  })
  name: string | null;
}

@ObjectType({ description: 'An input or output of a model.' })
export class TensorSpec implements tensor.TensorSpec {
  @Field(() => String, { description: 'Its name in the graph; submitted tensors carry the same.' })
  name: string;

  @Field(() => DatatypeEnum, { description: 'The type of its elements.' })
  datatype: Datatype;

  @Field(() => [Dimension], { description: 'Its dimensions, outermost first.' })
  shape: Dimension[];
}

@ObjectType({ description: 'What a model version takes and gives.' })
export class Signature implements tensor.Signature {
  @Field(() => [TensorSpec], { description: 'The tensors that each item must bring.' })
  inputs: TensorSpec[];

  @Field(() => [TensorSpec], { description: 'The tensors that each item gets back.' })
  outputs: TensorSpec[];
}
