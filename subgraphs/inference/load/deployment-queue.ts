import { Field, Float, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The work of a deployment that waits.' })
export class DeploymentQueue {
  @Field(() => Int, { description: 'Items of jobs that no worker has begun.' })
  depth: number;

  @Field(() => Int, { description: 'Items of jobs that have not ended, waiting or running.' })
  unfinished: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Milliseconds that a job submitted now with priority 0 is predicted to wait; null while no ready replica has told its pace.',
  })
  predictedWaitMs: number | null;
}
