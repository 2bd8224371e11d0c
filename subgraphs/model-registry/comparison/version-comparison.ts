import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import type { ModelVersion } from '../version/model-version';
import type { SignatureChange as Change } from './signature.diff';

export const FileChangeKind = { ADDED: 'ADDED', REMOVED: 'REMOVED', CHANGED: 'CHANGED' } as const;
export type FileChangeKind = (typeof FileChangeKind)[keyof typeof FileChangeKind];

registerEnumType(FileChangeKind, {
  name: 'FileChangeKind',
  description: 'What became of a file between two versions.',
  valuesConfig: {
    ADDED: { description: 'Only the second version has it.' },
    REMOVED: { description: 'Only the first version has it.' },
    CHANGED: { description: 'Both have it, with other bytes.' },
  },
});

@ObjectType({ description: 'A difference between two signatures.' })
export class SignatureChange implements Omit<Change, 'severity'> {
  @Field(() => String, { description: 'Where it is, such as `input x, dimension 1`.' })
  place: string;

  @Field(() => String, { description: 'What is now, and what was.' })
  message: string;
}

@ObjectType({ description: 'What someone who calls the first version meets at the second, by how much it hurts; all empty when both take and give the same.' })
export class SignatureComparison {
  @Field(() => [SignatureChange], { description: 'Calls that were right are refused, or their answers have another meaning.' })
  breaking: SignatureChange[];

  @Field(() => [SignatureChange], { description: 'Calls stay right; who relied on more than was promised may be hurt.' })
  dangerous: SignatureChange[];

  @Field(() => [SignatureChange], { description: 'Nobody notices who does not look.' })
  safe: SignatureChange[];
}

@ObjectType({ description: 'A count that differs.' })
export class CountChange {
  @Field(() => String, { description: 'What is counted.' })
  name: string;

  @Field(() => Int, { description: 'In the first version.' })
  before: number;

  @Field(() => Int, { description: 'In the second version.' })
  after: number;
}

@ObjectType({ description: 'An operator set that differs.' })
export class OperatorSetChange {
  @Field(() => String, { description: 'The domain; empty for the standard ONNX operators.' })
  domain: string;

  @Field(() => Int, { nullable: true, description: 'Its version in the first; null when that does not import it.' })
  before: number | null;

  @Field(() => Int, { nullable: true, description: 'Its version in the second; null when that does not import it.' })
  after: number | null;
}

@ObjectType({ description: 'What differs between two graphs; lists are empty where nothing does.' })
export class GraphComparison {
  @Field(() => [OperatorSetChange], { description: 'Operator sets of other versions.' })
  operatorSets: OperatorSetChange[];

  @Field(() => [CountChange], { description: 'Operators that are used more or less often.' })
  operators: CountChange[];

  @Field(() => [CountChange], { description: 'Types of weights that are more or fewer.' })
  weightTypes: CountChange[];

  @Field(() => Int, { description: 'How many nodes more the second has.' })
  nodeCountDelta: number;

  @Field(() => BigIntScalar, { description: 'How many numbers more its weights hold.' })
  parameterCountDelta: number;
}

@ObjectType({ description: 'A file that differs.' })
export class FileChange {
  @Field(() => String, { description: 'Where it lies.' })
  path: string;

  @Field(() => FileChangeKind, { description: 'What became of it.' })
  kind: FileChangeKind;

  @Field(() => BigIntScalar, { nullable: true, description: 'Its size in the first version, in bytes.' })
  beforeBytes: number | null;

  @Field(() => BigIntScalar, { nullable: true, description: 'Its size in the second version, in bytes.' })
  afterBytes: number | null;
}

@ObjectType({ description: 'A metric that both or one of the versions were given.' })
export class MetricComparison {
  @Field(() => String, { description: 'The metric.' })
  name: string;

  @Field(() => Float, { nullable: true, description: 'Of the first version; null when it was not given.' })
  before: number | null;

  @Field(() => Float, { nullable: true, description: 'Of the second version; null when it was not given.' })
  after: number | null;
}

@ObjectType({ description: 'A parameter that differs.' })
export class ParameterChange {
  @Field(() => String, { description: 'The parameter.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'Of the first version; null when it was not given.' })
  before: string | null;

  @Field(() => String, { nullable: true, description: 'Of the second version; null when it was not given.' })
  after: string | null;
}

@ObjectType({ description: 'How one version differs from another.' })
export class VersionComparison {
  first: ModelVersion;

  second: ModelVersion;

  @Field(() => SignatureComparison, { nullable: true, description: 'Of what they take and give; null while one of them has no signature.' })
  signature: SignatureComparison | null;

  @Field(() => GraphComparison, { nullable: true, description: 'Of their graphs; null while one of them has not been read.' })
  graph: GraphComparison | null;

  @Field(() => [FileChange], { description: 'Files that differ, by path.' })
  files: FileChange[];

  @Field(() => BigIntScalar, { description: 'How many bytes more all files of the second have.' })
  sizeBytesDelta: number;

  @Field(() => [MetricComparison], { description: 'All metrics of both, by name.' })
  metrics: MetricComparison[];

  @Field(() => [ParameterChange], { description: 'Parameters that differ, by name.' })
  parameters: ParameterChange[];
}
