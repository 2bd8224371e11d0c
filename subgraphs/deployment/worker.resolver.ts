import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { DeploymentContext } from './deployment.loaders';
import { Worker } from './worker';
import { DrainWorkerInput, DrainWorkerPayload } from './worker.inputs';
import { WorkerService } from './worker.service';

@Resolver(() => Worker)
export class WorkerResolver {
  constructor(private readonly service: WorkerService) {}

  @Query(() => [Worker], { description: 'The live workers, oldest first. Operators only.' })
  workers(@Ctx() { caller }: DeploymentContext): Promise<Worker[]> {
    return this.service.list(caller);
  }

  @Mutation(() => DrainWorkerPayload, {
    description: 'Takes a worker out of use without a gap: its replicas move elsewhere first. Operators only.',
  })
  async drainWorker(
    @Arg('input', () => DrainWorkerInput, { description: 'Which worker.' }) { id }: DrainWorkerInput, @Ctx() scope: DeploymentContext,
  ): Promise<DrainWorkerPayload> {
    return { worker: await this.service.drain(scope, id) };
  }
}
