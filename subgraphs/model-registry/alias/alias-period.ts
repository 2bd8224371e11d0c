import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'How long an alias named one version.' })
export class AliasPeriod {
  versionId: string;

  @Field(() => String, { description: 'The alias.' })
  name: string;

  @Field(() => GraphQLDateTime, { description: 'Since when it named the version.' })
  since: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was moved away or removed; null while it still names the version.' })
  until: Date | null;

  createdById: string;
}

@ArgsType()
export class AliasPeriodArgs {
  @Field(() => String, { description: 'The alias, such as `production`.' })
  name: string;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The moment that is asked about; now, when left out.' })
  at?: Date | null;
}
