import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../../../platform/subgraph/connection';
import { ModelVersion } from './model-version';
import { VersionState } from './version.lifecycle';

@ArgsType()
export class VersionsArgs extends PageArgs {
  @Field(() => VersionState, { nullable: true, description: 'Only versions in this state.' })
  state?: VersionState | null;
}

@ArgsType()
export class VersionArgs {
  @Field(() => Int, { nullable: true, description: 'The number of the version.' })
  number?: number | null;

  @Field(() => String, { nullable: true, description: 'The alias of the version.' })
  alias?: string | null;
}

@InputType({ description: 'What `archiveVersion` needs.' })
export class ArchiveVersionInput {
  @Field(() => ID, { description: 'The id of the version.' })
  id: string;
}

@ObjectType({ description: 'What `archiveVersion` answers.' })
export class ArchiveVersionPayload {
  @Field(() => ModelVersion, { description: 'The version as it is now.' })
  version: ModelVersion;
}
