import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { PageArgs } from '../../../platform/subgraph/connection';
import { Job } from './job';
import { JobStatusEnum } from './job-status.enum';
import type { JobStatus } from './job.lifecycle';
import type { JobsRequest } from './job.service';

@ArgsType()
export class JobsArgs extends PageArgs implements JobsRequest {
  @Field(() => String, { nullable: true, description: 'Only jobs of this namespace; by default of all in which the caller has a role.' })
  namespace?: string | null;

  @Field(() => String, { nullable: true, description: 'Only jobs of this deployment: its full name, such as `default/ocr`, or its id.' })
  deployment?: string | null;

  @Field(() => [JobStatusEnum], { nullable: true, description: 'Only jobs in one of these states.' })
  status?: JobStatus[] | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Only jobs accepted at this instant or later.' })
  createdAfter?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Only jobs accepted before this instant.' })
  createdBefore?: Date | null;

  @Field(() => String, { nullable: true, description: 'Only jobs whose error message holds this text, in upper or lower case.' })
  search?: string | null;
}

@InputType({ description: 'The job to cancel.' })
export class CancelJobInput {
  @Field(() => ID, { description: 'The id of the job.' })
  id: string;
}

@ObjectType({ description: 'What `cancelJob` did.' })
export class CancelJobPayload {
  @Field(() => Job, { description: 'The canceled job.' })
  job: Job;
}

@InputType({ description: 'The job to try again.' })
export class RetryJobInput {
  @Field(() => ID, { description: 'The id of the job.' })
  id: string;
}

@ObjectType({ description: 'What `retryJob` did.' })
export class RetryJobPayload {
  @Field(() => Job, { description: 'The same job, in its next attempt.' })
  job: Job;
}
