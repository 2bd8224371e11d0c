import { Arg, Directive, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { JobEvent } from '../event/job-event';
import type { InferenceContext } from '../inference.context';
import { Job } from './job';

type Opened<Arguments extends object> = { args: Arguments; context: InferenceContext };

@Resolver()
export class JobSubscriptions {
  @Directive('@tag(name: "stream/state")')
  @Subscription(() => Job, {
    description: 'A job as it is now, then each time it has changed; under load only the latest state. Ends with its final state.',
    subscribe: ({ args, context }: Opened<{ id: string }>) => context.streams.updates(context, args.id),
  })
  jobUpdated(@Arg('id', () => ID, { description: 'The id of the job.' }) _id: string, @Root() job: Job): Job {
    return job;
  }

  @Directive('@tag(name: "stream/log")')
  @Subscription(() => JobEvent, {
    description: 'Every event of a job from a cursor on, in order and without gaps: reconnect with the last `seq` and nothing is missed. '
      + 'Ends when the job has ended.',
    subscribe: ({ args, context }: Opened<{ id: string; after?: number | null }>) => context.streams.events(context, args.id, args.after ?? 0),
  })
  jobEvents(
    @Arg('id', () => ID, { description: 'The id of the job.' }) _id: string,
    @Arg(
      'after', () => Int, { nullable: true, description: 'The `seq` of the last event already seen; 0, the default, for all events.' },
    ) _after: number | null,
    @Root() event: JobEvent,
  ): JobEvent {
    return event;
  }
}
