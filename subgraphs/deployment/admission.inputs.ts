import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { AdmissionWish } from './admission';
import { Deployment } from './deployment';

@InputType({ description: 'What a deployment lets in. What is left out stays as it is, null takes the limit away.' })
export class AdmissionInput implements AdmissionWish {
  @Field(() => Int, { nullable: true, description: 'Items of jobs that may wait for a worker, from 1; none by default.' })
  maxQueue?: number | null;

  @Field(() => Int, { nullable: true, description: 'Items of jobs that may be unfinished, waiting or running, and direct calls, from 1; none by default.' })
  maxInFlight?: number | null;

  @Field(() => Int, { nullable: true, description: 'The deadline of jobs and direct calls that bring none: 1 to 604800000 milliseconds from their submit; none by default.' })
  deadlineMs?: number | null;
}

@InputType({ description: 'What `setAdmission` needs.' })
export class SetAdmissionInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => AdmissionInput, { description: 'The limits to change.' })
  admission: AdmissionInput;
}

@ObjectType({ description: 'What `setAdmission` answers.' })
export class SetAdmissionPayload {
  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}
