import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../../platform/paging';
import { ModelAlias } from '../alias/model-alias';
import { NamespaceReference, PrincipalReference } from '../references';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion, ModelVersionConnection } from '../version/model-version';
import { VersionArgs, VersionsArgs } from '../version/version.inputs';
import { Model, ModelConnection } from './model';
import { ModelDirectory } from './model-directory';
import { ArchiveModelInput, CreateModelInput, ModelPayload, ModelsArgs, UpdateModelInput } from './model.inputs';
import { ModelService } from './model.service';

@Resolver(() => Model)
export class ModelResolver {
  constructor(private readonly directory: ModelDirectory, private readonly service: ModelService) {}

  @Query(() => Model, {
    nullable: true, description: 'A model by its full name; null when there is none or the caller has no role in its namespace.',
  })
  model(
    @Arg(
      'fullName', () => String, { description: 'The full name, such as `default/ocr`; a bare name means the default namespace.' },
    ) fullName: string,
    @Ctx() { loaders }: RegistryContext,
  ): Promise<Model | null> {
    return loaders.modelByKey.load(fullName);
  }

  @Query(() => ModelConnection, { description: 'The models that the caller may see.' })
  models(@Args() args: ModelsArgs, @Ctx() { caller }: RegistryContext): Promise<Page<Model>> {
    return this.directory.page(caller, args, readPage(args));
  }

  @FieldResolver(() => NamespaceReference, { description: 'The namespace it belongs to.' })
  namespace(@Root() { namespaceName }: Model): NamespaceReference {
    return { name: namespaceName };
  }

  @FieldResolver(() => PrincipalReference, { description: 'Who made the model.' })
  createdBy(@Root() { createdById }: Model): PrincipalReference {
    return { id: createdById };
  }

  @FieldResolver(() => ModelVersionConnection, { description: 'Its versions.' })
  versions(
    @Root() { id }: Model, @Args() { state, ...page }: VersionsArgs, @Ctx() { loaders }: RegistryContext,
  ): Promise<Page<ModelVersion>> {
    return loaders.versionsByModel.load({ parent: id, request: readPage(page), ...(state && { equals: { state } }) });
  }

  @FieldResolver(() => ModelVersion, {
    nullable: true, description: 'One version: by number, by alias, or with neither the newest that is READY.',
  })
  async version(
    @Root() { id }: Model, @Args() { number, alias }: VersionArgs, @Ctx() { loaders }: RegistryContext,
  ): Promise<ModelVersion | null> {
    const versionId = await loaders.versionIdByChoice.load({ modelId: id, number: number ?? null, alias: alias ?? null });
    return versionId === null ? null : loaders.versionById.load(versionId);
  }

  @FieldResolver(() => [ModelAlias], { description: 'Its aliases, by name.' })
  aliases(@Root() { id }: Model, @Ctx() { loaders }: RegistryContext): Promise<ModelAlias[]> {
    return loaders.aliasesByModel.load(id);
  }

  @Mutation(() => ModelPayload, { description: 'Makes a model without versions. Needs the role DEVELOPER.' })
  async createModel(
    @Arg('input', () => CreateModelInput, { description: 'The new model.' }) input: CreateModelInput,
    @Ctx() scope: RegistryContext,
  ): Promise<ModelPayload> {
    return { model: await this.service.create(scope, input) };
  }

  @Mutation(() => ModelPayload, { description: 'Changes the words about a model. Needs the role DEVELOPER.' })
  async updateModel(
    @Arg('input', () => UpdateModelInput, { description: 'What to change.' }) { model, ...texts }: UpdateModelInput,
    @Ctx() scope: RegistryContext,
  ): Promise<ModelPayload> {
    return { model: await this.service.update(scope, model, texts) };
  }

  @Mutation(() => ModelPayload, {
    description: 'Takes a model out of lists and closes it to new versions; what is deployed goes on serving. Needs the role DEVELOPER.',
  })
  async archiveModel(
    @Arg('input', () => ArchiveModelInput, { description: 'Which model.' }) { model }: ArchiveModelInput,
    @Ctx() scope: RegistryContext,
  ): Promise<ModelPayload> {
    return { model: await this.service.archive(scope, model) };
  }
}
