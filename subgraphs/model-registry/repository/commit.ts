import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/subgraph/connection';

@ObjectType({ description: 'A commit on `main` of a model\'s repository.' })
export class Commit {
  @Field(() => ID, { description: 'Its id in Git: 40 hexadecimal digits.' })
  id: string;

  @Field(() => String, { description: 'What its author wrote about it.' })
  message: string;

  @Field(() => String, { description: 'The name that its author goes by in Git; nobody has checked it. Who pushed a version is its `createdBy`.' })
  authorName: string;

  @Field(() => GraphQLDateTime, { description: 'When it was made, by the clock of whoever made it.' })
  committedAt: Date;

  modelId: string;
}

export const CommitConnection = connectionOf(() => Commit, 'Commit', 'commits');
