import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A word about a version, with a value.' })
export class VersionTag {
  @Field(() => String, { description: 'What it tells of, such as `dataset`.' })
  key: string;

  @Field(() => String, { description: 'What it tells; may be empty.' })
  value: string;
}
