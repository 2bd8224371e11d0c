import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { CreateVersionDraftInput, CreateVersionDraftPayload, PublishVersionInput, PublishVersionPayload } from './draft.inputs';
import { DraftService } from './draft.service';
import { DraftFile, VersionDraft } from './version-draft';

@Resolver(() => VersionDraft)
export class DraftResolver {
  constructor(private readonly drafts: DraftService) {}

  @Query(() => VersionDraft, {
    nullable: true, description: 'A draft by its id; null when there is none or the caller may not push models in its namespace.',
  })
  versionDraft(
    @Arg('id', () => ID, { description: 'The id of the draft.' }) id: string, @Ctx() { caller }: RegistryContext,
  ): Promise<VersionDraft | null> {
    return this.drafts.find(caller, id);
  }

  @FieldResolver(() => [DraftFile], { description: 'The files that have arrived, by path; none once it is published.' })
  files(@Root() draft: VersionDraft): Promise<DraftFile[]> {
    return this.drafts.files(draft);
  }

  @FieldResolver(() => ModelVersion, { nullable: true, description: 'The version that it became; null until it is published.' })
  async version(@Root() { versionId }: VersionDraft, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return versionId === null ? null : loaders.versionById.load(versionId);
  }

  @Mutation(() => CreateVersionDraftPayload, {
    description: 'Begins a version of several files, such as a model with external data, a tokenizer and labels. Needs the role DEVELOPER.',
  })
  async createVersionDraft(
    @Arg('input', () => CreateVersionDraftInput, { description: 'Of which model.' }) input: CreateVersionDraftInput, @Ctx() scope: RegistryContext,
  ): Promise<CreateVersionDraftPayload> {
    return { draft: await this.drafts.create(scope, input) };
  }

  @Mutation(() => PublishVersionPayload, {
    description: 'Makes a version of all files of a draft: `model.onnx`, or the only file that ends in `.onnx`, with what lies beside it. What the front matter of its README.md tells of it is taken over, unless it is told here. Needs the role DEVELOPER.',
  })
  async publishVersion(
    @Arg('input', () => PublishVersionInput, { description: 'Which draft.' }) { draft, ...story }: PublishVersionInput, @Ctx() scope: RegistryContext,
  ): Promise<PublishVersionPayload> {
    return { version: await this.drafts.publish(scope, draft, story) };
  }
}
