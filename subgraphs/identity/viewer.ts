import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@tag(name: "personal")')
@ObjectType({ description: 'The one who asks.' })
export class Viewer {
  @Field(() => ID, { description: 'The id of its principal, as in `createdBy`.' })
  id: string;

  @Field(() => String, { description: 'What the principal is called.' })
  name: string;

  @Field(() => Boolean, { description: 'Whether it operates the platform: admin in every namespace, sees workers, creates namespaces.' })
  isOperator: boolean;
}
