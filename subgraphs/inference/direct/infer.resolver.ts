import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { InferInput, InferPayload } from './infer.inputs';
import { InferService } from './infer.service';

@Resolver(() => InferPayload)
export class InferResolver {
  constructor(private readonly service: InferService) {}

  @Mutation(() => InferPayload, {
    description: 'Calls a model and waits for its outputs, without a job: nothing is kept, and the end of the connection ends the call. Needs the role CALLER.',
  })
  infer(@Arg('input', () => InferInput, { description: 'What to compute.' }) input: InferInput, @Ctx() scope: InferenceContext): Promise<InferPayload> {
    return this.service.infer(scope, input);
  }
}
