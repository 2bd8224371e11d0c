import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { Job } from '../job/job';
import { EstimateService } from './estimate.service';
import { EstimateInferenceInput, InferenceEstimate, JobEta } from './inference-estimate';

@Resolver(() => Job)
export class EstimateResolver {
  constructor(private readonly service: EstimateService) {}

  @Query(() => InferenceEstimate, { description: 'What inference would cost and how long it would take, before anything runs. Needs the role CALLER.' })
  estimateInference(
    @Arg('input', () => EstimateInferenceInput, { description: 'What would be computed.' }) input: EstimateInferenceInput, @Ctx() scope: InferenceContext,
  ): Promise<InferenceEstimate> {
    return this.service.estimate(scope, input);
  }

  @FieldResolver(() => JobEta, { nullable: true, description: 'When it may be done, from its place in the queue and what items take; null once it has ended, or where nothing is known.' })
  eta(@Root() job: Job): Promise<JobEta | null> {
    return this.service.eta(job);
  }
}
