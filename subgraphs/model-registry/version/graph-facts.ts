import { Field, Int, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';

@ObjectType({ description: 'A set of operators that a graph draws from, and its version.' })
export class OperatorSet {
  @Field(() => String, { description: 'The domain; empty for the standard ONNX operators.' })
  domain: string;

  @Field(() => Int, { description: 'The version of the set.' })
  version: number;
}

@ObjectType({ description: 'How often a graph uses an operator.' })
export class OperatorCount {
  @Field(() => String, { description: 'The operator, such as `Conv`; with its domain in front unless it is a standard one.' })
  name: string;

  @Field(() => Int, { description: 'How many nodes use it.' })
  count: number;
}

@ObjectType({ description: 'What a model file tells about itself.' })
export class GraphFacts {
  @Field(() => Int, { description: 'The version of the ONNX file format.' })
  irVersion: number;

  @Field(() => [OperatorSet], { description: 'The operator sets that it imports.' })
  operatorSets: OperatorSet[];

  @Field(() => String, { nullable: true, description: 'The tool that wrote the file, with its version, if it says so.' })
  producer: string | null;

  @Field(() => Int, { description: 'How many nodes the graph has, subgraphs included.' })
  nodeCount: number;

  @Field(() => BigIntScalar, { description: 'How many numbers its weights hold together.' })
  parameterCount: number;

  @Field(() => [OperatorCount], { description: 'The operators that it uses, most used first.' })
  operators: OperatorCount[];
}
