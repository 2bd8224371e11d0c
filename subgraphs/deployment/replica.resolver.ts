import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { DeploymentContext } from './deployment.loaders';
import { Replica } from './replica';
import { Revision } from './revision';
import { Worker } from './worker';

@Resolver(() => Replica)
export class ReplicaResolver {
  @FieldResolver(() => Revision, { nullable: true, description: 'The revision it serves.' })
  revision(@Root() { revisionId }: Replica, @Ctx() { loaders }: DeploymentContext): Promise<Revision | null> {
    return loaders.revisionById.load(revisionId);
  }

  @FieldResolver(() => Worker, {
    nullable: true,
    description: 'The worker that holds it. Operators alone see workers; null for everyone else.',
  })
  worker(@Root() { workerId }: Replica, @Ctx() { loaders }: DeploymentContext): Promise<Worker | null> {
    return loaders.workerById.load(workerId);
  }
}
