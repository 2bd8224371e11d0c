import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { DeploymentContext } from './deployment.loaders';
import { PrincipalStub } from './neighbours';
import { Release } from './release';
import { CreateReleaseInput, CreateReleasePayload, RollbackDeploymentInput, RollbackDeploymentPayload } from './release.inputs';
import { ReleaseService } from './release.service';
import { Revision } from './revision';

@Resolver(() => Release)
export class ReleaseResolver {
  constructor(private readonly releases: ReleaseService) {}

  @FieldResolver(() => Revision, { nullable: true, description: 'The revision that it gives the traffic to.' })
  revision(@Root() { revisionId }: Release, @Ctx() { loaders }: DeploymentContext): Promise<Revision | null> {
    return loaders.revisionById.load(revisionId);
  }

  @FieldResolver(() => PrincipalStub, { description: 'Who made it.' })
  createdBy(@Root() { createdById }: Release): PrincipalStub {
    return { id: createdById };
  }

  @Mutation(() => CreateReleasePayload, {
    description: 'Moves the traffic to a revision as soon as one of its replicas is ready, without a gap. Needs the role DEVELOPER.',
  })
  createRelease(
    @Arg('input', () => CreateReleaseInput, { description: 'Which revision.' }) input: CreateReleaseInput, @Ctx() scope: DeploymentContext,
  ): Promise<CreateReleasePayload> {
    return this.releases.createRelease(scope, input);
  }

  @Mutation(() => RollbackDeploymentPayload, {
    description: 'Returns to the revision that served before, by a new release. Needs the role DEVELOPER.',
  })
  rollbackDeployment(
    @Arg('input', () => RollbackDeploymentInput, { description: 'Which deployment.' }) input: RollbackDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<RollbackDeploymentPayload> {
    return this.releases.rollback(scope, input);
  }
}
