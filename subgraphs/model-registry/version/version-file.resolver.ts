import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ArtifactDownload } from '../artifacts/artifact.download';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from './model-version';
import { VersionFile } from './version-file';

@Resolver(() => ModelVersion)
export class VersionFilesResolver {
  @FieldResolver(() => [VersionFile], { description: 'All of its files: the model first, then what lies beside it, by path.' })
  async files(@Root() { id: versionId, path, digest, sizeBytes }: ModelVersion, @Ctx() { loaders }: RegistryContext): Promise<VersionFile[]> {
    return [{ versionId, path, digest, sizeBytes }, ...await loaders.filesBesideVersion.load(versionId)];
  }
}

@Resolver(() => VersionFile)
export class VersionFileResolver {
  constructor(private readonly download: ArtifactDownload, private readonly publicUrl: string) {}

  @FieldResolver(() => String, { description: 'Where to fetch it, without an API key, for an hour from now.' })
  async downloadUrl(@Root() { versionId, path }: VersionFile): Promise<string> {
    return this.publicUrl + await this.download.sign(versionId, path);
  }
}
