import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Deployment } from './deployment';
import { Release } from './release';

@InputType({ description: 'What `createRelease` needs.' })
export class CreateReleaseInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => Int, { description: 'The number of the revision that is to take the traffic.' })
  revision: number;

  @Field(() => String, { nullable: true, description: 'Why, for the history; up to 1000 characters.' })
  reason?: string | null;
}

@InputType({ description: 'What `rollbackDeployment` needs.' })
export class RollbackDeploymentInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => String, { nullable: true, description: 'Why, for the history; up to 1000 characters.' })
  reason?: string | null;
}

@ObjectType({ description: 'What `createRelease` answers.' })
export class CreateReleasePayload {
  @Field(() => Release, { description: 'The new release; it is PENDING until a replica of its revision is ready.' })
  release: Release;

  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}

@ObjectType({ description: 'What `rollbackDeployment` answers.' })
export class RollbackDeploymentPayload {
  @Field(() => Release, { description: 'The new release, of the revision that served before.' })
  release: Release;

  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}
