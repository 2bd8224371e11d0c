import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../../platform/paging';
import { PageArgs } from '../../../platform/subgraph/connection';
import { InferenceContext } from '../inference.context';
import { DeploymentReference } from '../references';
import { Job, JobConnection } from './job';
import { JobStatusEnum } from './job-status.enum';
import type { JobStatus } from './job.lifecycle';

/** The back link from the deployment, whose own subgraph knows nothing of jobs. */
@Resolver(() => DeploymentReference)
export class DeploymentJobsResolver {
  @FieldResolver(() => JobConnection, { description: 'The jobs submitted to the deployment, newest first.' })
  jobs(
    @Root() { id }: DeploymentReference,
    @Args() page: PageArgs,
    @Arg('status', () => JobStatusEnum, { nullable: true, description: 'Only jobs in this state.' }) status: JobStatus | null,
    @Ctx() { loaders }: InferenceContext,
  ): Promise<Page<Job>> {
    return loaders.jobsByDeployment.load({ deploymentId: id, status: status ?? null, request: readPage(page) });
  }
}
