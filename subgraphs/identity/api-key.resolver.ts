import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ApiKey } from './api-key';
import { CreateApiKeyInput, CreateApiKeyPayload, RevokeApiKeyInput, RevokeApiKeyPayload } from './api-key.inputs';
import { ApiKeyService } from './api-key.service';
import { IdentityContext } from './identity.loaders';
import { Principal } from './principal';

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  constructor(private readonly keys: ApiKeyService) {}

  @FieldResolver(() => Principal, { nullable: true, description: 'The principal as which the key acts.' })
  principal(@Root() { principalId }: ApiKey, @Ctx() { loaders }: IdentityContext): Promise<Principal | null> {
    return loaders.principalById.load(principalId);
  }

  @FieldResolver(() => Principal, { nullable: true, description: 'Who made the key.' })
  createdBy(@Root() { createdById }: ApiKey, @Ctx() { loaders }: IdentityContext): Promise<Principal | null> {
    return loaders.principalById.load(createdById);
  }

  @Mutation(() => CreateApiKeyPayload, { description: 'Makes an API key and shows its secret, this once. Needs the role ADMIN.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
    @Ctx() scope: IdentityContext,
  ): Promise<CreateApiKeyPayload> {
    return this.keys.create(scope, input);
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description: 'Ends an API key for good: it is refused from the next request on. Needs the role ADMIN.',
  })
  async revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) { id }: RevokeApiKeyInput,
    @Ctx() scope: IdentityContext,
  ): Promise<RevokeApiKeyPayload> {
    return { apiKey: await this.keys.revoke(scope, id) };
  }
}
