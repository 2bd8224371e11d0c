import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/subgraph/connection';
import { DeploymentReference, ModelVersionReference, NamespaceReference, PrincipalReference, RevisionReference } from '../references';
import { JobError } from './job-error';
import { JobStatusEnum } from './job-status.enum';
import { JobTiming } from './job-timing';
import type { JobStatus } from './job.lifecycle';

/** The columns of `job`, as `JOB_COLUMNS` selects them. */
export interface JobRow {
  id: string;
  namespaceName: string;
  deploymentId: string;
  revisionId: string;
  modelVersionId: string;
  status: JobStatus;
  seq: number;
  attempt: number;
  priority: number;
  itemCount: number;
  finishedCount: number;
  failedCount: number;
  hasBlobs: boolean;
  deadlineAt: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
  batchWaitMs: number | null;
  computeMs: number | null;
  batchSize: number | null;
  createdById: string;
  createdAt: Date;
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'Inference that was accepted and will end: 1 to 10,000 items for one deployment, run in chunks on any number of workers.',
})
export class Job {
  constructor(readonly row: JobRow) {}

  @Field(() => ID, { description: 'Identifies the job; a UUIDv7, so ids sort by creation time.' })
  get id(): string { return this.row.id; }

  @Field(() => NamespaceReference, { description: 'The namespace it belongs to, which is its deployment\'s.' })
  get namespace(): NamespaceReference { return { name: this.row.namespaceName }; }

  @Field(() => DeploymentReference, { description: 'The deployment that was called.' })
  get deployment(): DeploymentReference { return { id: this.row.deploymentId }; }

  @Field(() => RevisionReference, { description: 'The revision that serves it, chosen when it was submitted or last retried.' })
  get revision(): RevisionReference { return { id: this.row.revisionId }; }

  @Field(() => ModelVersionReference, { description: 'The model version of that revision.' })
  get modelVersion(): ModelVersionReference { return { id: this.row.modelVersionId }; }

  @Field(() => PrincipalReference, { description: 'Who submitted it.' })
  get createdBy(): PrincipalReference { return { id: this.row.createdById }; }

  @Field(() => JobStatusEnum, { description: 'Where the job stands.' })
  get status(): JobStatus { return this.row.status; }

  @Field(() => Int, { description: 'The number of its latest event; pass it as `after` to `jobEvents` to miss nothing that follows.' })
  get seq(): number { return this.row.seq; }

  @Field(() => Int, { description: 'Which attempt this is: 1, and one more with each `retryJob`.' })
  get attempt(): number { return this.row.attempt; }

  @Field(() => Int, { description: 'Its place in the deployment\'s queue: 0 is served first, larger numbers later.' })
  get priority(): number { return this.row.priority; }

  @Field(() => Int, { description: 'How many items it has.' })
  get itemCount(): number { return this.row.itemCount; }

  @Field(() => Int, { description: 'How many items have ended, with outputs or with an error.' })
  get finishedCount(): number { return this.row.finishedCount; }

  @Field(() => Int, { description: 'How many items ended with an error.' })
  get failedCount(): number { return this.row.failedCount; }

  @Field(() => Float, { description: 'The share of items that have ended, from 0 to 1.' })
  get progress(): number { return this.row.finishedCount / this.row.itemCount; }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'What is not done by then expires: it leaves the queue, and its run is stopped. Null for no deadline.' })
  get deadlineAt(): Date | null { return this.row.deadlineAt; }

  @Field(() => JobError, { nullable: true, description: 'Why it did not succeed; null while it may, and when it did.' })
  get error(): JobError | null {
    const { errorCode: code, errorMessage } = this.row;
    return code === null ? null : { code, message: errorMessage ?? '' };
  }

  @Field(() => JobTiming, { description: 'Where the time of the present attempt went.' })
  get timing(): JobTiming { return JobTiming.of(this.row); }

  @Field(() => GraphQLDateTime, { description: 'When it was accepted.' })
  get createdAt(): Date { return this.row.createdAt; }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When a worker first began it, in the present attempt.' })
  get startedAt(): Date | null { return this.row.startedAt; }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it reached a final state.' })
  get finishedAt(): Date | null { return this.row.finishedAt; }
}

export const JobConnection = connectionOf(() => Job, 'Job', 'jobs');
