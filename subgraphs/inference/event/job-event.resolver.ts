import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { JobItem } from '../item/job-item';
import { Job } from '../job/job';
import { JobEvent } from './job-event';

@Resolver(() => JobEvent)
export class JobEventResolver {
  @FieldResolver(() => Job, { description: 'The job as it is now, which may be further on than the event.' })
  async job(@Root() { jobId }: JobEvent, @Ctx() { loaders }: InferenceContext): Promise<Job | null> {
    return loaders.jobById.load(jobId);
  }

  @FieldResolver(() => [JobItem], { description: 'The items that ended with this event, or were requeued; empty for other kinds.' })
  async items(@Root() { jobId, firstItem, itemCount }: JobEvent, @Ctx() { loaders }: InferenceContext): Promise<JobItem[]> {
    return firstItem === null || itemCount === null ? [] : loaders.itemsByRange.load({ jobId, from: firstItem, to: firstItem + itemCount });
  }
}
