import { Field, Int, ObjectType } from 'type-graphql';
import { Column } from 'typeorm';
import { PlatformError } from '../../platform/errors';

@ObjectType({ description: 'What a deployment lets in. Each part is null where there is no limit.' })
export class Admission {
  @Column('integer', { name: 'max_queue', nullable: true })
  @Field(() => Int, { nullable: true, description: 'Items of jobs that may wait for a worker; a submit beyond it is refused with QUEUE_FULL.' })
  maxQueue: number | null;

  @Column('integer', { name: 'max_in_flight', nullable: true })
  @Field(() => Int, {
    nullable: true,
    description: 'Items of jobs that may be unfinished, waiting or running, and direct calls; a submit or a call beyond it is refused with QUEUE_FULL. Of direct calls each inference process counts its own.',
  })
  maxInFlight: number | null;

  @Column('integer', { name: 'deadline_ms', nullable: true })
  @Field(() => Int, { nullable: true, description: 'The deadline of jobs and direct calls that bring none, in milliseconds from their submit; calls end after ten minutes at most.' })
  deadlineMs: number | null;
}

/** What was given: left out stays as it is, null takes a limit away. */
export type AdmissionWish = { [Limit in keyof Admission]?: number | null };

const MOST: Readonly<Record<keyof Admission, number>> = { maxQueue: 2_000_000_000, maxInFlight: 2_000_000_000, deadlineMs: 7 * 86_400_000 };
export const NO_LIMITS: Readonly<Admission> = { maxQueue: null, maxInFlight: null, deadlineMs: null };

/** @throws BAD_USER_INPUT */
export function admissionOf(wish: AdmissionWish, before: Readonly<Admission> = NO_LIMITS): Admission {
  const after = { ...NO_LIMITS };
  for (const limit of Object.keys(MOST) as (keyof Admission)[]) {
    const value = wish[limit] === undefined ? before[limit] : wish[limit];
    if (value !== null && !(Number.isInteger(value) && value >= 1 && value <= MOST[limit])) {
      throw new PlatformError('BAD_USER_INPUT', `${limit} must be 1 to ${MOST[limit]}, or null for no limit; got ${value}.`);
    }
    after[limit] = value;
  }
  return after;
}
