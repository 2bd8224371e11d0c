import { ArgsType, Field, InputType, ObjectType } from 'type-graphql';
import { DEFAULT_NAMESPACE } from '../../../platform/caller';
import { PageArgs } from '../../../platform/subgraph/connection';
import { Model } from './model';
import type { ModelFilter } from './model-directory';

@ArgsType()
export class ModelsArgs extends PageArgs implements ModelFilter {
  @Field(() => String, { nullable: true, description: 'Only models of this namespace; of all that the caller may see, when left out.' })
  namespace?: string | null;

  @Field(() => String, { nullable: true, description: 'Only models with this text in their name or description, in any case.' })
  search?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether archived models are listed as well.' })
  includeArchived: boolean;
}

@InputType({ description: 'What `createModel` needs.' })
export class CreateModelInput {
  @Field(() => String, { defaultValue: DEFAULT_NAMESPACE, description: 'The namespace it belongs to.' })
  namespace: string;

  @Field(() => String, { description: '1 to 64 of a–z, 0–9, `-`, `_` and `.`, a letter or digit first and last. It never changes.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'What the model is for, in words.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Words to find it by, at most 32.' })
  tags?: string[] | null;
}

@InputType({ description: 'What `updateModel` needs. What is left out stays as it is.' })
export class UpdateModelInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;

  @Field(() => String, { nullable: true, description: 'The new description; null removes it.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'The new tags, instead of all that it has.' })
  tags?: string[] | null;
}

@InputType({ description: 'What `archiveModel` needs.' })
export class ArchiveModelInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;
}

@ObjectType({ description: 'What a change of a model answers.' })
export class ModelPayload {
  @Field(() => Model, { description: 'The model as it is now.' })
  model: Model;
}
