import { Arg, Ctx, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { GenerationEvent } from './generation-event.type';
import { CancelGenerationInput, CancelGenerationPayload, InferStreamInput } from './generation.inputs';
import { KeptGenerations } from './kept.generations';

type Opened = { args: { input: InferStreamInput }; context: InferenceContext };

@Resolver()
export class GenerationSubscriptions {
  @Subscription(() => GenerationEvent, {
    description: 'Goes on with a sequence, and tells each token as soon as it is computed. Ends with an event that has a `finishReason`. Needs the role CALLER.',
    subscribe: ({ args, context }: Opened) => context.generations.open(context, args.input),
  })
  inferStream(@Arg('input', () => InferStreamInput, { description: 'What to go on from, and how.' }) _input: InferStreamInput, @Root() event: GenerationEvent): GenerationEvent {
    return event;
  }
}

@Resolver(() => CancelGenerationPayload)
export class GenerationResolver {
  constructor(private readonly kept: KeptGenerations) {}

  @Mutation(() => CancelGenerationPayload, {
    description: 'Ends a generation that was begun with a key: what it runs is stopped, and its readers are told. One that has ended stays as it is. Needs the role CALLER.',
  })
  async cancelGeneration(
    @Arg('input', () => CancelGenerationInput, { description: 'Which one.' }) { id }: CancelGenerationInput, @Ctx() scope: InferenceContext,
  ): Promise<CancelGenerationPayload> {
    await this.kept.cancel(scope, id);
    return { id };
  }
}
