import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { JobError } from '../job/job-error';
import type { FinishReason } from './generation-event';

/** For the graph; the values are those of `FINISH_REASONS`. */
export enum FinishReasonEnum {
  LENGTH = 'LENGTH',
  STOP = 'STOP',
  FAILED = 'FAILED',
  CANCELED = 'CANCELED',
}

registerEnumType(FinishReasonEnum, {
  name: 'FinishReason', description: 'Why a generation is over.',
  valuesConfig: {
    LENGTH: { description: 'It has as many tokens as were asked for.' }, STOP: { description: 'One of the stop ids came.' },
    FAILED: { description: 'A step of it failed; its error tells why.' }, CANCELED: { description: 'A caller canceled it.' },
  },
});

@ObjectType({ description: 'One event of a generation: a token, or, last of all, its end.' })
export class GenerationEvent {
  @Field(() => ID, { nullable: true, description: 'Identifies the generation, where it was begun with a key.' })
  generation: string | null;

  @Field(() => Int, { description: 'Its number, from 1, without gaps.' })
  seq: number;

  @Field(() => Int, { nullable: true, description: 'The token that follows; null at the end.' })
  token: number | null;

  @Field(() => FinishReasonEnum, { nullable: true, description: 'Why no more follow; null as long as some may.' })
  finishReason: FinishReason | null;

  @Field(() => JobError, { nullable: true, description: 'Why it failed; null otherwise.' })
  error: JobError | null;
}
