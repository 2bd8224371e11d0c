import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/subgraph/connection';
import { JobError } from '../job/job-error';
import { JobTiming } from '../job/job-timing';
import { JobStatusEnum } from '../job/job-status.enum';
import type { JobStatus } from '../job/job.lifecycle';
import { ServedFrom } from '../reuse/served-from';
import type { ChunkHeader } from './chunk.store';

@ObjectType({ description: 'One call of the model within a job.' })
export class JobItem {
  constructor(readonly header: ChunkHeader, index: number) {
    this.index = index;
  }

  @Field(() => Int, { description: 'Its position in the submitted list, from 0.' })
  readonly index: number;

  @Field(() => JobStatusEnum, { description: 'Where the item stands.' })
  get status(): JobStatus {
    const { status } = this.header;
    return status === 'FAILED' && !this.error ? 'SUCCEEDED' : status;
  }

  @Field(() => JobError, { nullable: true, description: 'Why the item failed; null when it did not.' })
  get error(): JobError | null {
    const found = this.header.errors?.find(({ item }) => item === null || item === this.position);
    return found ? { code: found.code, message: found.message } : null;
  }

  @Field(() => JobTiming, { description: 'Where the time went, of the item and those that were dispatched with it.' })
  get timing(): JobTiming {
    return JobTiming.of(this.header);
  }

  @Field(() => ServedFrom, { nullable: true, description: 'Where its outputs came from; null until it has some.' })
  get servedFrom(): ServedFrom | null {
    return this.status === 'SUCCEEDED' ? this.header.servedFrom ?? 'COMPUTED' : null;
  }

  /** Within its chunk. */
  get position(): number {
    return this.index - this.header.firstItem;
  }
}

export const JobItemConnection = connectionOf(() => JobItem, 'JobItem', 'items', 'in the order in which they were submitted');
