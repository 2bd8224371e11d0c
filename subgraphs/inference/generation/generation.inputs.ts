import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';

@InputType({ description: 'How the next token is chosen. Left out: always the most likely one.' })
export class SamplingInput {
  @Field(() => Float, { nullable: true, description: '0, the default, takes the most likely token; higher is more by lot, up to 100.' })
  temperature?: number | null;

  @Field(() => Int, { nullable: true, description: 'Only the most likely so many tokens; 0, the default: all.' })
  topK?: number | null;

  @Field(() => Float, { nullable: true, description: 'Only the most likely tokens that have this probability together, 0 to 1; 1, the default: all.' })
  topP?: number | null;

  @Field(() => Float, { nullable: true, description: 'Above 1 tokens that came before come less often, 0.01 to 100; 1 is the default.' })
  repetitionPenalty?: number | null;

  @Field(() => Int, { nullable: true, description: 'The same seed chooses the same tokens; drawn by lot when left out.' })
  seed?: number | null;
}

@InputType({ description: 'A sequence to go on with, token by token.' })
export class InferStreamInput {
  @Field(() => String, { description: 'The full name of the deployment, such as `default/chat`.' })
  deployment: string;

  @Field(() => [Int], { description: 'The tokens to go on from, at least one.' })
  tokens: number[];

  @Field(() => Int, { nullable: true, description: 'How many tokens at most; 256 when left out, or what GENERATION_MAX_TOKENS allows.' })
  maxTokens?: number | null;

  @Field(() => [Int], { nullable: true, description: 'Tokens that end it, up to 64; they are no part of it.' })
  stopIds?: number[] | null;

  @Field(() => SamplingInput, { nullable: true, description: 'How tokens are chosen.' })
  sampling?: SamplingInput | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until its last token, 1 to 600,000: then it ends, and what it runs is stopped. 600,000 when left out, or the deployment\'s deadline.' })
  timeoutMs?: number | null;

  @Field(() => String, { nullable: true, description: 'Any text of yours, up to 255 characters. With it the generation goes on when the connection ends, and whoever asks again with the same key and body follows it; kept for 24 hours. Without it, it ends with its connection.' })
  key?: string | null;

  @Field(() => Int, { nullable: true, description: 'With a key: the `seq` of the last event already seen; what came after it follows, without a gap.' })
  after?: number | null;
}

@InputType({ description: 'The generation to cancel.' })
export class CancelGenerationInput {
  @Field(() => ID, { description: 'Its id, as its events tell it.' })
  id: string;
}

@ObjectType({ description: 'What `cancelGeneration` did.' })
export class CancelGenerationPayload {
  @Field(() => ID, { description: 'The id of the generation, which has ended.' })
  id: string;
}
