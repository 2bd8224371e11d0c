import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { ServedFrom } from '../reuse/served-from';
import { TensorInput } from '../submit/submit.inputs';
import { Tensor } from '../tensor/tensor.type';

@InputType({ description: 'One call of a model whose answer is waited for.' })
export class InferInput {
  @Field(() => String, { description: 'The full name of the deployment, such as `default/ocr`.' })
  deployment: string;

  @Field(() => [TensorInput], { description: 'One tensor for each input of the model.' })
  inputs: TensorInput[];

  @Field(() => [String], { nullable: true, description: 'The names of the outputs wanted; all of them when left out.' })
  outputs?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until the answer, 1 to 600,000: then the call ends, and what it runs is stopped. 60,000 when left out.' })
  timeoutMs?: number | null;
}

@ObjectType({ description: 'Where the time of a direct call went on its worker.' })
export class InferTiming {
  @Field(() => Float, { description: 'Milliseconds it waited for the runner.' })
  queuedMs: number;

  @Field(() => Float, { description: 'Milliseconds it waited for others to share its batch, while the runner could have begun.' })
  batchWaitMs: number;

  @Field(() => Float, { description: 'Milliseconds of computation of its run.' })
  computeMs: number;

  @Field(() => Int, { description: 'How many calls and items ran together in its batch; 0 where nothing ran for it.' })
  batchSize: number;
}

@ObjectType({ description: 'What `infer` answers.' })
export class InferPayload {
  @Field(() => [Tensor], { description: 'One tensor for each output asked for.' })
  outputs: Tensor[];

  @Field(() => InferTiming, { description: 'Where its time went.' })
  timing: InferTiming;

  @Field(() => ServedFrom, { description: 'Where the outputs came from: without `Deployment.resultReuse`, always a run of its own.' })
  servedFrom: ServedFrom;

  @Field(() => Float, { description: 'Milliseconds of compute that were not spent on it.' })
  savedMs: number;
}
