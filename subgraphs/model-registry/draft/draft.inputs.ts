import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { VersionStoryInput } from '../version/training-facts.inputs';
import { ModelVersion } from '../version/model-version';
import { VersionDraft } from './version-draft';

@InputType({ description: 'What `createVersionDraft` needs.' })
export class CreateVersionDraftInput {
  @Field(() => String, { description: 'The full name of the model that gets the version, such as `default/ocr`.' })
  model: string;
}

@ObjectType({ description: 'What `createVersionDraft` answers.' })
export class CreateVersionDraftPayload {
  @Field(() => VersionDraft, { description: 'The draft: `createUpload` with its id and a path takes each file.' })
  draft: VersionDraft;
}

@InputType({ description: 'What `publishVersion` needs.' })
export class PublishVersionInput extends VersionStoryInput {
  @Field(() => ID, { description: 'The id of the draft.' })
  draft: string;
}

@ObjectType({ description: 'What `publishVersion` answers.' })
export class PublishVersionPayload {
  @Field(() => ModelVersion, { description: 'The new version.' })
  version: ModelVersion;
}
