import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { ModelVersion } from './model-version';
import type { Metric, Parameter, TrainingFacts } from './training-facts';
import type { VersionTag } from './version-tag';

@InputType({ description: 'A word about a version, with a value.' })
export class VersionTagInput implements VersionTag {
  @Field(() => String, { description: 'What it tells of.' })
  key: string;

  @Field(() => String, { defaultValue: '', description: 'What it tells; may be empty.' })
  value: string;
}

@InputType({ description: 'How good a version is in one respect.' })
export class MetricInput implements Metric {
  @Field(() => String, { description: 'What was measured, such as `accuracy`.' })
  name: string;

  @Field(() => Float, { description: 'What came out.' })
  value: number;
}

@InputType({ description: 'What a version was trained with.' })
export class ParameterInput implements Parameter {
  @Field(() => String, { description: 'The parameter, such as `learning_rate`.' })
  name: string;

  @Field(() => String, { description: 'Its value, as text.' })
  value: string;
}

@InputType({ description: 'What is told of a version. What is left out stays; null takes it back.' })
export class VersionStoryInput implements TrainingFacts {
  @Field(() => String, { nullable: true, description: 'What is said of it, in words.' })
  description?: string | null;

  @Field(() => [VersionTagInput], { nullable: true, description: 'All of its tags.' })
  tags?: VersionTagInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: 'All of its metrics.' })
  metrics?: MetricInput[] | null;

  @Field(() => [ParameterInput], { nullable: true, description: 'All of its parameters.' })
  parameters?: ParameterInput[] | null;

  @Field(() => ID, { nullable: true, description: 'The id of the version that it was made from, which the caller may see.' })
  derivedFrom?: string | null;

  @Field(() => String, { nullable: true, description: 'The model outside of this registry that it was made from.' })
  baseModel?: string | null;

  @Field(() => String, { nullable: true, description: 'What it was trained on.' })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: 'The page of the run that trained it, by http or https.' })
  trainingRunUrl?: string | null;
}

@InputType({ description: 'What `updateVersion` needs.' })
export class UpdateVersionInput extends VersionStoryInput {
  @Field(() => ID, { description: 'The id of the version.' })
  id: string;
}

@ObjectType({ description: 'What `updateVersion` answers.' })
export class UpdateVersionPayload {
  @Field(() => ModelVersion, { description: 'The version as it is now.' })
  version: ModelVersion;
}
