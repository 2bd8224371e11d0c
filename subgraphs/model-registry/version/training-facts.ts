import { Field, Float, ObjectType } from 'type-graphql';

/** What is told of how a version was made and how good it is; nothing of it is checked by the platform. */
export interface TrainingFacts {
  metrics?: readonly Metric[] | null;
  parameters?: readonly Parameter[] | null;
  derivedFrom?: string | null;
  baseModel?: string | null;
  dataset?: string | null;
  trainingRunUrl?: string | null;
}

@ObjectType({ description: 'How good a version is in one respect.' })
export class Metric {
  @Field(() => String, { description: 'What was measured, such as `accuracy`.' })
  name: string;

  @Field(() => Float, { description: 'What came out.' })
  value: number;
}

@ObjectType({ description: 'What a version was trained with.' })
export class Parameter {
  @Field(() => String, { description: 'The parameter, such as `learning_rate`.' })
  name: string;

  @Field(() => String, { description: 'Its value, as text.' })
  value: string;
}

@ObjectType({ description: 'Where a version comes from, as its people told.' })
export class Lineage {
  derivedFromId: string | null;

  @Field(() => String, { nullable: true, description: 'The model outside of this registry that it was made from, such as `google/bert_uncased`.' })
  baseModel: string | null;

  @Field(() => String, { nullable: true, description: 'What it was trained on.' })
  dataset: string | null;

  @Field(() => String, { nullable: true, description: 'The page of the run that trained it.' })
  trainingRunUrl: string | null;
}
