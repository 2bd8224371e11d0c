import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DEFAULT_NAMESPACE, type Role } from '../../platform/caller';
import { ApiKey } from './api-key';
import { RoleEnum } from './role.enum';

@InputType({ description: 'What `createApiKey` needs.' })
export class CreateApiKeyInput {
  @Field(() => String, { defaultValue: DEFAULT_NAMESPACE, description: 'The namespace in which the key acts.' })
  namespace: string;

  @Field(() => String, { description: 'What the key is for, in 1 to 120 characters.' })
  name: string;

  @Field(() => RoleEnum, { description: 'What the key may do.' })
  role: Role;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From when on the key is refused; never, when left out.' })
  expiresAt?: Date | null;
}

@ObjectType({ description: 'What `createApiKey` answers.' })
export class CreateApiKeyPayload {
  @Field(() => ApiKey, { description: 'The new key.' })
  apiKey: ApiKey;

  @Field(() => String, { description: 'The secret, shown this once: send it as `Authorization: Bearer <secret>`.' })
  secret: string;
}

@InputType({ description: 'What `revokeApiKey` needs.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The id of the key.' })
  id: string;
}

@ObjectType({ description: 'What `revokeApiKey` answers.' })
export class RevokeApiKeyPayload {
  @Field(() => ApiKey, { description: 'The key, revoked.' })
  apiKey: ApiKey;
}
