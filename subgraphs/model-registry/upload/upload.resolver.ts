import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { Upload } from './upload';
import { CreateUploadInput, CreateUploadPayload } from './upload.inputs';
import { UploadStage } from './tus/upload-stage';
import { UploadService } from './upload.service';

@Resolver(() => Upload)
export class UploadResolver {
  constructor(private readonly uploads: UploadService, private readonly stage: UploadStage) {}

  @Query(() => Upload, {
    nullable: true, description: 'An upload by its id; null when there is none or the caller may not push models in its namespace.',
  })
  upload(
    @Arg('id', () => ID, { description: 'The id of the upload.' }) id: string, @Ctx() { caller }: RegistryContext,
  ): Promise<Upload | null> {
    return this.uploads.find(caller, id);
  }

  @FieldResolver(() => String, { description: 'The HTTP method with which to send the file at once: always `PUT`. In parts, which survive a lost connection, it goes by tus to the same URL.' })
  method(): string {
    return 'PUT';
  }

  @FieldResolver(() => BigIntScalar, { description: 'How many bytes are kept so far, of an upload by tus; a PUT counts when it has ended.' })
  async receivedBytes(@Root() { id, completedAt, sizeBytes }: Upload): Promise<number> {
    return completedAt === null ? this.stage.offsetOf(id) : sizeBytes!;
  }

  @FieldResolver(() => ModelVersion, {
    nullable: true, description: 'The version that the upload made; null until its last byte has arrived, and of a file in a draft.',
  })
  async version(@Root() { versionId }: Upload, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return versionId === null ? null : loaders.versionById.load(versionId);
  }

  @Mutation(() => CreateUploadPayload, {
    description: 'Hands out a URL for one file, which becomes the next version of the model. Needs the role DEVELOPER.',
  })
  async createUpload(
    @Arg('input', () => CreateUploadInput, { description: 'Which model, and what is known of the file.' }) input: CreateUploadInput,
    @Ctx() scope: RegistryContext,
  ): Promise<CreateUploadPayload> {
    return { upload: await this.uploads.create(scope, input) };
  }
}
