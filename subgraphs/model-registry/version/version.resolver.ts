import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ArtifactDownload } from '../artifacts/artifact.download';
import { Model } from '../model/model';
import { PrincipalReference } from '../references';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from './model-version';
import { ArchiveVersionInput, ArchiveVersionPayload } from './version.inputs';
import { VersionService } from './version.service';

export interface VersionResolverParts {
  service: VersionService;
  download: ArtifactDownload;
  publicUrl: string;
}

@Resolver(() => ModelVersion)
export class VersionResolver {
  constructor(private readonly parts: VersionResolverParts) {}

  @Query(() => ModelVersion, {
    nullable: true, description: 'A model version by its id; null when there is none or the caller has no role in its namespace.',
  })
  modelVersion(
    @Arg('id', () => ID, { description: 'The id of the version.' }) id: string,
    @Ctx() { loaders }: RegistryContext,
  ): Promise<ModelVersion | null> {
    return loaders.versionById.load(id);
  }

  @FieldResolver(() => Model, { description: 'The model it is a version of.' })
  async model(@Root() { modelId }: ModelVersion, @Ctx() { loaders }: RegistryContext): Promise<Model | null> {
    return loaders.modelByKey.load(modelId);
  }

  @FieldResolver(() => [String], { description: 'The aliases that name it now.' })
  async aliases(@Root() { id }: ModelVersion, @Ctx() { loaders }: RegistryContext): Promise<string[]> {
    return (await loaders.aliasesByVersion.load(id)).map(({ name }) => name);
  }

  @FieldResolver(() => PrincipalReference, { description: 'Who pushed it.' })
  createdBy(@Root() { createdById }: ModelVersion): PrincipalReference {
    return { id: createdById };
  }

  @FieldResolver(() => String, { description: 'Where to fetch its file, without an API key, for an hour from now.' })
  async downloadUrl(@Root() { id }: ModelVersion): Promise<string> {
    return this.parts.publicUrl + await this.parts.download.sign(id);
  }

  @Mutation(() => ArchiveVersionPayload, {
    description: 'Puts a version away: new deployments refuse it, running ones keep it. Needs the role DEVELOPER.',
  })
  async archiveVersion(
    @Arg('input', () => ArchiveVersionInput, { description: 'Which version.' }) { id }: ArchiveVersionInput,
    @Ctx() scope: RegistryContext,
  ): Promise<ArchiveVersionPayload> {
    return { version: await this.parts.service.archive(scope, id) };
  }
}
