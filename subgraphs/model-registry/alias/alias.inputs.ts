import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Model } from '../model/model';
import { ModelAlias } from './model-alias';

@InputType({ description: 'What `setAlias` needs.' })
export class SetAliasInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;

  @Field(() => String, { description: 'The alias, such as `production`; it is made when there is none.' })
  alias: string;

  @Field(() => Int, { description: 'The number of the version that it shall name.' })
  version: number;
}

@ObjectType({ description: 'What `setAlias` answers.' })
export class SetAliasPayload {
  @Field(() => ModelAlias, { description: 'The alias as it is now.' })
  alias: ModelAlias;
}

@InputType({ description: 'What `removeAlias` needs.' })
export class RemoveAliasInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;

  @Field(() => String, { description: 'The alias.' })
  alias: string;
}

@ObjectType({ description: 'What `removeAlias` answers.' })
export class RemoveAliasPayload {
  @Field(() => Model, { description: 'The model, without the alias.' })
  model: Model;
}

@InputType({ description: 'What `rollbackAlias` needs.' })
export class RollbackAliasInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;

  @Field(() => String, { description: 'The alias.' })
  alias: string;
}

@ObjectType({ description: 'What `rollbackAlias` answers.' })
export class RollbackAliasPayload {
  @Field(() => ModelAlias, { description: 'The alias as it is now.' })
  alias: ModelAlias;
}

@InputType({ description: 'What `protectAlias` needs.' })
export class ProtectAliasInput {
  @Field(() => String, { description: 'The full name of the model, such as `default/ocr`.' })
  model: string;

  @Field(() => String, { description: 'The alias, which need not exist yet.' })
  alias: string;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether only admins shall move it.' })
  isProtected: boolean;
}

@ObjectType({ description: 'What `protectAlias` answers.' })
export class ProtectAliasPayload {
  @Field(() => Model, { description: 'The model of the alias.' })
  model: Model;
}
