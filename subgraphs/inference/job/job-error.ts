import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Why a job or an item of it did not succeed. Failed work is data; only refused requests are GraphQL errors.' })
export class JobError {
  @Field(() => String, { description: 'One of the codes that errors carry as well, such as `INFERENCE_TIMEOUT`.' })
  code: string;

  @Field(() => String, { description: 'What happened, for a person to read.' })
  message: string;
}
