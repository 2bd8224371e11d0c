import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

/** OBSERVED: items that ran of late · MEASURED: what a worker measured when it loaded the revision. */
export type EstimateBasis = 'OBSERVED' | 'MEASURED';
export const EstimateBasisEnum = { OBSERVED: 'OBSERVED', MEASURED: 'MEASURED' } as const satisfies { [Basis in EstimateBasis]: Basis };

registerEnumType(EstimateBasisEnum, {
  name: 'EstimateBasis',
  description: 'What an estimate was made from.',
  valuesConfig: {
    OBSERVED: { description: 'Items of the deployment that ran of late.' },
    MEASURED: { description: 'What a worker measured with made-up inputs when it loaded the revision: nothing has run since.' },
  },
});

@InputType({ description: 'Inference that may be submitted.' })
export class EstimateInferenceInput {
  @Field(() => String, { description: 'The full name of the deployment, such as `default/ocr`.' })
  deployment: string;

  @Field(() => Int, { defaultValue: 1, description: 'How many items, 1 to 10,000.' })
  itemCount: number;

  @Field(() => Int, { defaultValue: 0, description: 'Its place in the queue, 0 to 1,000, as for `submitInference`.' })
  priority: number;

  @Field(() => Int, { nullable: true, description: 'Milliseconds within which it should be done; by default the deployment\'s `admission.deadlineMs`.' })
  deadlineMs?: number | null;
}

@ObjectType({ description: 'How long something may take.' })
export class DurationEstimate {
  @Field(() => Float, { description: 'Milliseconds that it takes at most in half of all cases.' })
  p50Ms: number;

  @Field(() => Float, { description: 'Milliseconds that it takes at most in 95 % of all cases.' })
  p95Ms: number;
}

@ObjectType({ description: 'What inference would cost and how long it would take, submitted now. Nothing is accepted, kept or run for it.' })
export class InferenceEstimate {
  @Field(() => Float, { nullable: true, description: 'The cost: milliseconds of compute, over all devices. Null where nothing is known of the revision yet.' })
  computeMs: number | null;

  @Field(() => Float, { nullable: true, description: 'Milliseconds until its first item is begun, as the queue stands. Null where nothing is known, or no replica is ready.' })
  waitMs: number | null;

  @Field(() => DurationEstimate, { nullable: true, description: 'From the submit to the last result. Null as above.' })
  duration: DurationEstimate | null;

  @Field(() => EstimateBasisEnum, { nullable: true, description: 'What it was made from; null where nothing is known.' })
  basis: EstimateBasis | null;

  @Field(() => Int, { description: 'Replicas that are ready and would share the work.' })
  readyReplicas: number;

  @Field(() => String, {
    nullable: true, description: 'The code with which it would be refused at this moment: DEPLOYMENT_NOT_READY, QUEUE_FULL or DEADLINE_UNREACHABLE; null: it would be accepted.',
  })
  refusal: string | null;
}

@ObjectType({ description: 'When a job that has not ended may be done.' })
export class JobEta {
  @Field(() => GraphQLDateTime, { description: 'It is done by then in half of all cases.' })
  p50: Date;

  @Field(() => GraphQLDateTime, { description: 'It is done by then in 95 % of all cases.' })
  p95: Date;
}
