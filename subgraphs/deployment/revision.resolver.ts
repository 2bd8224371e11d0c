import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Batching } from './batching';
import { Deployment } from './deployment';
import type { DeploymentContext } from './deployment.loaders';
import { ModelVersionStub, PrincipalStub } from './neighbours';
import { ReleaseService } from './release.service';
import { Revision } from './revision';
import { CreateRevisionInput, CreateRevisionPayload, givenSettings } from './revision.inputs';

@Resolver(() => Revision)
export class RevisionResolver {
  constructor(private readonly releases: ReleaseService) {}

  @FieldResolver(() => Deployment, { nullable: true, description: 'The deployment it is a configuration of.' })
  deployment(@Root() { deploymentId }: Revision, @Ctx() { loaders }: DeploymentContext): Promise<Deployment | null> {
    return loaders.deploymentById.load(deploymentId);
  }

  @FieldResolver(() => ModelVersionStub, { description: 'The model version it serves.' })
  modelVersion(@Root() { modelVersionId }: Revision): ModelVersionStub {
    return { id: modelVersionId };
  }

  @FieldResolver(() => PrincipalStub, { description: 'Who made it.' })
  createdBy(@Root() { createdById }: Revision): PrincipalStub {
    return { id: createdById };
  }

  @FieldResolver(() => Batching, { description: 'How items are run together.' })
  batching(@Root() { id, batching }: Revision, @Ctx() { loaders }: DeploymentContext): Promise<Batching> {
    return loaders.profileByRevision.load(id).then((profile) => Object.assign(new Batching(), profile, batching));
  }

  @Mutation(() => CreateRevisionPayload, {
    description: 'Makes a configuration of a deployment; it serves once it is released. Needs the role DEVELOPER.',
  })
  async createRevision(
    @Arg('input', () => CreateRevisionInput, { description: 'The new revision.' }) input: CreateRevisionInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<CreateRevisionPayload> {
    return { revision: await this.releases.createRevision(scope, { ...input, settings: givenSettings(input) }) };
  }
}
