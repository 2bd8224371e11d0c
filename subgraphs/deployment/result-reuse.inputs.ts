import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';
import { Deployment } from './deployment';
import type { ResultReuseWish } from './result-reuse';

const MEBIBYTE = 1_048_576;

@InputType({ description: 'Use results again. Only for models that give equal outputs for equal inputs, or where any earlier answer is as good.' })
export class ResultReuseInput implements ResultReuseWish {
  @Field(() => Int, { defaultValue: 3_600_000, description: 'How long a result is used again, in milliseconds, up to 604800000; an hour when left out.' })
  ttlMs: number;

  @Field(() => BigIntScalar, { defaultValue: 64 * MEBIBYTE, description: 'Bytes of results to keep; 64 MiB when left out.' })
  maxBytes: number;
}

@InputType({ description: 'What `setResultReuse` needs.' })
export class SetResultReuseInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => ResultReuseInput, { nullable: true, description: 'How results are used again; null or left out: not at all.' })
  resultReuse?: ResultReuseInput | null;
}

@ObjectType({ description: 'What `setResultReuse` answers.' })
export class SetResultReusePayload {
  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}
