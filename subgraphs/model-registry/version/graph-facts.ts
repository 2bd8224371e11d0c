import { Field, Int, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import type { ModelFacts } from '../inspection';

type Facts = ModelFacts['graph'];

@ObjectType({ description: 'A set of operators that a graph draws from, and its version.' })
export class OperatorSet {
  @Field(() => String, { description: 'The domain; empty for the standard ONNX operators.' })
  domain: string;

  @Field(() => Int, { description: 'The version of the set.' })
  version: number;
}

@ObjectType({ description: 'How often a graph uses an operator.' })
export class OperatorCount {
  @Field(() => String, { description: 'The operator, such as `Conv`; as `domain::name` unless it is a standard one.' })
  name: string;

  @Field(() => Int, { description: 'How many nodes use it.' })
  count: number;
}

@ObjectType({ description: 'How many weight tensors have a type.' })
export class WeightType {
  @Field(() => String, { description: 'The type, in ONNX\'s own name, such as `FLOAT16`.' })
  name: string;

  @Field(() => Int, { description: 'How many tensors have it.' })
  count: number;
}

@ObjectType({ description: 'What a model file tells about itself.' })
export class GraphFacts implements Facts {
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

  @Field(() => BigIntScalar, { description: 'How many bytes its weights take, external data included.' })
  weightBytes: number;

  @Field(() => [WeightType], { description: 'The types of its weights, most used first.' })
  weightTypes: WeightType[];
}
