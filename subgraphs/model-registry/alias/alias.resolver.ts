import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../../platform/paging';
import { PageArgs } from '../../../platform/subgraph/connection';
import { PrincipalReference } from '../references';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { AliasChange, AliasChangeConnection } from './alias-change';
import {
  ProtectAliasInput, ProtectAliasPayload, RemoveAliasInput, RemoveAliasPayload, RollbackAliasInput, RollbackAliasPayload, SetAliasInput, SetAliasPayload,
} from './alias.inputs';
import { AliasService } from './alias.service';
import { ModelAlias } from './model-alias';

@Resolver(() => ModelAlias)
export class AliasResolver {
  constructor(private readonly service: AliasService) {}

  @FieldResolver(() => ModelVersion, { description: 'The version that it names now.' })
  version(@Root() { versionId }: ModelAlias, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return loaders.versionById.load(versionId!);
  }

  @FieldResolver(() => AliasChangeConnection, { description: 'Every move it made.' })
  history(@Root() { id }: ModelAlias, @Args() page: PageArgs, @Ctx() { loaders }: RegistryContext): Promise<Page<AliasChange>> {
    return loaders.changesByAlias.load({ parent: id, request: readPage(page) });
  }

  @Mutation(() => SetAliasPayload, {
    description: 'Makes an alias or moves it to another READY version; deployments made from it stay as they are. Needs the role DEVELOPER, ADMIN where it is protected.',
  })
  async setAlias(
    @Arg('input', () => SetAliasInput, { description: 'Which alias, and where to.' }) input: SetAliasInput,
    @Ctx() scope: RegistryContext,
  ): Promise<SetAliasPayload> {
    return { alias: await this.service.set(scope, input) };
  }

  @Mutation(() => RemoveAliasPayload, { description: 'Removes an alias; its history stays. Needs the role DEVELOPER, ADMIN where it is protected.' })
  async removeAlias(
    @Arg('input', () => RemoveAliasInput, { description: 'Which alias.' }) input: RemoveAliasInput,
    @Ctx() scope: RegistryContext,
  ): Promise<RemoveAliasPayload> {
    return { model: await this.service.remove(scope, input) };
  }

  @Mutation(() => RollbackAliasPayload, {
    description: 'Moves an alias back to the version that it named before; each further rollback goes one version further back. Needs the role DEVELOPER, ADMIN where it is protected.',
  })
  async rollbackAlias(
    @Arg('input', () => RollbackAliasInput, { description: 'Which alias.' }) input: RollbackAliasInput,
    @Ctx() scope: RegistryContext,
  ): Promise<RollbackAliasPayload> {
    return { alias: await this.service.rollback(scope, input) };
  }

  @Mutation(() => ProtectAliasPayload, { description: 'Lets only admins move an alias, or everyone who may push models again. Needs the role ADMIN.' })
  async protectAlias(
    @Arg('input', () => ProtectAliasInput, { description: 'Which alias.' }) input: ProtectAliasInput,
    @Ctx() scope: RegistryContext,
  ): Promise<ProtectAliasPayload> {
    return { model: await this.service.protect(scope, input) };
  }
}

@Resolver(() => AliasChange)
export class AliasChangeResolver {
  @FieldResolver(() => ModelVersion, {
    nullable: true, description: 'The version that the alias named from then on; null when the alias was removed.',
  })
  async version(@Root() { versionId }: AliasChange, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return versionId === null ? null : loaders.versionById.load(versionId);
  }

  @FieldResolver(() => PrincipalReference, { description: 'Who moved it.' })
  createdBy(@Root() { createdById }: AliasChange): PrincipalReference {
    return { id: createdById };
  }
}
