import { Arg, Args, Ctx, FieldResolver, Float, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Page } from '../../../platform/paging';
import { PageArgs, type Connection } from '../../../platform/subgraph/connection';
import { InferenceContext } from '../inference.context';
import { readItemRange, toItemPage } from '../item/item-page';
import { JobItem, JobItemConnection } from '../item/job-item';
import { SubmitInferenceInput, SubmitInferencePayload } from '../submit/submit.inputs';
import { SubmitService } from '../submit/submit.service';
import { Job, JobConnection } from './job';
import { CancelJobInput, CancelJobPayload, JobsArgs, RetryJobInput, RetryJobPayload } from './job.inputs';
import { JobService, jobNotFound } from './job.service';

@Resolver(() => Job)
export class JobResolver {
  constructor(private readonly service: JobService, private readonly submits: SubmitService) {}

  @Query(() => Job, {
    nullable: true,
    description: 'A job by its id; null when there is none, its retention is over, or the caller has no role in its namespace.',
  })
  job(@Arg('id', () => ID, { description: 'The id of the job.' }) id: string, @Ctx() { loaders }: InferenceContext): Promise<Job | null> {
    return loaders.jobById.load(id);
  }

  @Query(() => JobConnection, { description: 'Jobs of the namespaces in which the caller has a role, newest first.' })
  jobs(@Args() request: JobsArgs, @Ctx() scope: InferenceContext): Promise<Page<Job>> {
    return this.service.page(scope, request);
  }

  @FieldResolver(() => JobItemConnection, { description: 'Its items, in the order in which they were submitted.' })
  async items(@Root() job: Job, @Args() page: PageArgs, @Ctx() { loaders }: InferenceContext): Promise<Connection<JobItem>> {
    const range = readItemRange(job, page);
    return toItemPage(await loaders.itemsByRange.load(range), range, job.itemCount);
  }

  @FieldResolver(() => Float, { description: 'Milliseconds of compute that were not spent on it, since equal items had been computed: see `Deployment.resultReuse`.' })
  savedMs(@Root() { id }: Job, @Ctx() { loaders }: InferenceContext): Promise<number> {
    return loaders.savedMsByJob.load(id);
  }

  @Mutation(() => SubmitInferencePayload, {
    description: 'Accepts inference: from then on the job is kept and will end, whatever fails meanwhile. Needs the role CALLER.',
  })
  async submitInference(
    @Arg('input', () => SubmitInferenceInput, { description: 'What to compute.' }) input: SubmitInferenceInput,
    @Ctx() scope: InferenceContext,
  ): Promise<SubmitInferencePayload> {
    const { id, job: accepted } = await this.submits.accept(scope, input);
    const job = accepted ?? await scope.loaders.jobById.load(id);
    if (!job) throw jobNotFound(id);
    return { job };
  }

  @Mutation(() => CancelJobPayload, { description: 'Ends a job: what waits is not begun, what runs is stopped. Needs the role CALLER.' })
  async cancelJob(
    @Arg('input', () => CancelJobInput, { description: 'Which job.' }) { id }: CancelJobInput, @Ctx() scope: InferenceContext,
  ): Promise<CancelJobPayload> {
    return { job: await this.service.cancel(scope, id) };
  }

  @Mutation(() => RetryJobPayload, {
    description: 'Runs what did not succeed of a failed, canceled or expired job again, as the next attempt of the same job. Needs the role CALLER.',
  })
  async retryJob(
    @Arg('input', () => RetryJobInput, { description: 'Which job.' }) { id }: RetryJobInput, @Ctx() scope: InferenceContext,
  ): Promise<RetryJobPayload> {
    return { job: await this.service.retry(scope, id) };
  }
}
