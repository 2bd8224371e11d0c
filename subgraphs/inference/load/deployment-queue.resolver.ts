import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { DeploymentReference } from '../references';
import { DeploymentQueue } from './deployment-queue';
import { QueueService } from './queue.service';

@Resolver(() => DeploymentReference)
export class DeploymentQueueResolver {
  constructor(private readonly queues: QueueService) {}

  @FieldResolver(() => DeploymentQueue, { nullable: true, description: 'Its queue, a moment old at most; null once it is deleted.' })
  queue(@Root() { id }: DeploymentReference, @Ctx() { caller }: InferenceContext): Promise<DeploymentQueue | null> {
    return this.queues.of(caller, id);
  }
}
