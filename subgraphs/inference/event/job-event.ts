import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const JobEventKind = {
  QUEUED: 'QUEUED', STARTED: 'STARTED', ITEMS_FINISHED: 'ITEMS_FINISHED', REQUEUED: 'REQUEUED', RETRIED: 'RETRIED',
  SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED', EXPIRED: 'EXPIRED',
} as const;
export type JobEventKind = keyof typeof JobEventKind;

registerEnumType(JobEventKind, {
  name: 'JobEventKind',
  description: 'What happened to a job. The last four are final states; an event that brings one may carry the items that finished with it.',
  valuesConfig: {
    QUEUED: { description: 'It was accepted.' },
    STARTED: { description: 'A worker began the first of it.' },
    ITEMS_FINISHED: { description: 'Some of its items ended; others are still to come.' },
    REQUEUED: { description: 'The run of some items was lost with its worker or runner; they wait for another one.' },
    RETRIED: { description: 'A caller began another attempt with `retryJob`.' },
    SUCCEEDED: { description: 'The last items ended, and every item has its outputs.' },
    FAILED: { description: 'The last items ended, and at least one item failed.' },
    CANCELED: { description: 'A caller ended it with `cancelJob`.' },
    EXPIRED: { description: 'Its deadline passed before everything was done.' },
  },
});

@ObjectType({ description: 'One step in the history of a job.' })
export class JobEvent {
  readonly jobId: string;
  readonly firstItem: number | null;
  readonly itemCount: number | null;

  @Field(() => Int, { description: 'Its number within the job, from 1 without gaps; pass the last one seen as `after` when reconnecting.' })
  readonly seq: number;

  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  readonly at: Date;

  @Field(() => JobEventKind, { description: 'What happened.' })
  readonly kind: JobEventKind;

  @Field(() => String, { nullable: true, description: 'More about it, for a person to read.' })
  readonly message: string | null;
}
