import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../platform/paging';
import { PageArgs } from '../../platform/subgraph/connection';
import { SetAdmissionInput, SetAdmissionPayload } from './admission.inputs';
import { Deployment, DeploymentConnection } from './deployment';
import { DeploymentEvent, DeploymentEventConnection } from './deployment-event';
import {
  CreateDeploymentInput, CreateDeploymentPayload, DeleteDeploymentInput,
  DeleteDeploymentPayload, ScaleDeploymentInput, ScaleDeploymentPayload,
  StartDeploymentInput, StartDeploymentPayload, StopDeploymentInput, StopDeploymentPayload,
} from './deployment.inputs';
import { DeploymentStatus } from './deployment.lifecycle';
import { withNodes, type DeploymentContext } from './deployment.loaders';
import { DeploymentReader } from './deployment.reader';
import { DeploymentService } from './deployment.service';
import { DeploymentSwitch } from './deployment.switch';
import { ModelStub, NamespaceStub, PrincipalStub } from './neighbours';
import { Release, ReleaseConnection } from './release';
import { Replica } from './replica';
import { SetResultReuseInput, SetResultReusePayload } from './result-reuse.inputs';
import { Revision, RevisionConnection } from './revision';
import { givenSettings } from './revision.inputs';

@ArgsType()
class DeploymentsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only those of this namespace.' })
  namespace?: string | null;

  @Field(() => [DeploymentStatus], { nullable: true, description: 'Only those with one of these statuses.' })
  status?: DeploymentStatus[] | null;
}

@Resolver(() => Deployment)
export class DeploymentResolver {
  constructor(
    private readonly deployments: DeploymentService, private readonly power: DeploymentSwitch, private readonly reader: DeploymentReader,
  ) {}

  @Query(() => Deployment, {
    nullable: true,
    description: 'A deployment by its full name; null when there is none or the caller has no role in its namespace.',
  })
  deployment(
    @Arg('fullName', () => String, { description: '`namespace/name`.' }) fullName: string,
    @Ctx() { loaders }: DeploymentContext,
  ): Promise<Deployment | null> {
    return loaders.deploymentByFullName.load(fullName);
  }

  @Query(() => DeploymentConnection, {
    name: 'deployments',
    description: 'The deployments of the namespaces in which the caller has a role.',
  })
  listDeployments(@Args() args: DeploymentsArgs, @Ctx() { caller }: DeploymentContext): Promise<Page<Deployment>> {
    return this.reader.page(caller, args, readPage(args));
  }

  @FieldResolver(() => NamespaceStub, { description: 'The namespace it belongs to.' })
  namespace(@Root() { namespaceName }: Deployment): NamespaceStub {
    return { name: namespaceName };
  }

  @FieldResolver(() => ModelStub, { description: 'The model whose versions it serves.' })
  model(@Root() { modelId }: Deployment): ModelStub {
    return { id: modelId };
  }

  @FieldResolver(() => PrincipalStub, { description: 'Who made it.' })
  createdBy(@Root() { createdById }: Deployment): PrincipalStub {
    return { id: createdById };
  }

  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The live release: its revision answers callers. Null before the first one went live.',
  })
  async release(@Root() { liveReleaseId }: Deployment, @Ctx() { loaders }: DeploymentContext): Promise<Release | null> {
    return liveReleaseId === null ? null : loaders.releaseById.load(liveReleaseId);
  }

  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The release that waits for a replica of its revision to be ready; null when none does.',
  })
  async nextRelease(@Root() { nextReleaseId }: Deployment, @Ctx() { loaders }: DeploymentContext): Promise<Release | null> {
    return nextReleaseId === null ? null : loaders.releaseById.load(nextReleaseId);
  }

  @FieldResolver(() => [Replica], {
    description: 'The replicas that hold a place on a worker, and those that ended within the last minute; oldest first.',
  })
  replicas(@Root() { id }: Deployment, @Ctx() { loaders }: DeploymentContext): Promise<Replica[]> {
    return loaders.replicasByDeployment.load(id);
  }

  @FieldResolver(() => RevisionConnection, { description: 'Its revisions.' })
  revisions(@Root() { id }: Deployment, @Args() page: PageArgs, @Ctx() { loaders }: DeploymentContext): Promise<Page<Revision>> {
    return withNodes(loaders.revisionsByDeployment.load({ parent: id, request: readPage(page) }), loaders.revisionById);
  }

  @FieldResolver(() => ReleaseConnection, { description: 'Its releases: the history of what answered callers.' })
  releases(@Root() { id }: Deployment, @Args() page: PageArgs, @Ctx() { loaders }: DeploymentContext): Promise<Page<Release>> {
    return loaders.releasesByDeployment.load({ parent: id, request: readPage(page) });
  }

  @FieldResolver(() => DeploymentEventConnection, { description: 'What happened to it in the last 30 days.' })
  events(@Root() { id }: Deployment, @Args() page: PageArgs, @Ctx() { loaders }: DeploymentContext): Promise<Page<DeploymentEvent>> {
    return loaders.eventsByDeployment.load({ parent: id, request: readPage(page) });
  }

  @Mutation(() => CreateDeploymentPayload, { description: 'Deploys a version of a model under a stable name. Needs the role DEVELOPER.' })
  async createDeployment(
    @Arg('input', () => CreateDeploymentInput, { description: 'The new deployment.' }) input: CreateDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<CreateDeploymentPayload> {
    return { deployment: await this.deployments.create(scope, { ...input, settings: givenSettings(input) }) };
  }

  @Mutation(() => ScaleDeploymentPayload, { description: 'Changes how many replicas are wanted. Needs the role DEVELOPER.' })
  async scaleDeployment(
    @Arg('input', () => ScaleDeploymentInput, { description: 'Which, and how many.' }) { deployment, replicas }: ScaleDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<ScaleDeploymentPayload> {
    return { deployment: await this.deployments.scale(scope, deployment, replicas) };
  }

  @Mutation(() => SetAdmissionPayload, {
    description: 'Changes what a deployment lets in, at once and without a new revision. Needs the role DEVELOPER.',
  })
  async setAdmission(
    @Arg('input', () => SetAdmissionInput, { description: 'Which, and the limits.' }) { deployment, admission }: SetAdmissionInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<SetAdmissionPayload> {
    return { deployment: await this.deployments.setAdmission(scope, deployment, admission) };
  }

  @Mutation(() => SetResultReusePayload, {
    description: 'Changes how a deployment\'s results are used again, at once and without a new revision; results from before the change are not. Needs the role DEVELOPER.',
  })
  async setResultReuse(
    @Arg('input', () => SetResultReuseInput, { description: 'Which, and how.' }) { deployment, resultReuse }: SetResultReuseInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<SetResultReusePayload> {
    return { deployment: await this.deployments.setResultReuse(scope, deployment, resultReuse ?? null) };
  }

  @Mutation(() => StopDeploymentPayload, {
    description: 'Takes a deployment out of service and frees its memory; queued jobs wait. Needs the role DEVELOPER.',
  })
  async stopDeployment(
    @Arg('input', () => StopDeploymentInput, { description: 'Which.' }) { deployment }: StopDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<StopDeploymentPayload> {
    return { deployment: await this.power.stop(scope, deployment) };
  }

  @Mutation(() => StartDeploymentPayload, {
    description: 'Starts a stopped deployment; one that fails is tried again at once. Needs the role DEVELOPER.',
  })
  async startDeployment(
    @Arg('input', () => StartDeploymentInput, { description: 'Which.' }) { deployment }: StartDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<StartDeploymentPayload> {
    return { deployment: await this.power.start(scope, deployment) };
  }

  @Mutation(() => DeleteDeploymentPayload, {
    description: 'Deletes a deployment for good; its name is free again. Needs the role DEVELOPER.',
  })
  async deleteDeployment(
    @Arg('input', () => DeleteDeploymentInput, { description: 'Which.' }) { deployment }: DeleteDeploymentInput,
    @Ctx() scope: DeploymentContext,
  ): Promise<DeleteDeploymentPayload> {
    return { deployment: await this.deployments.delete(scope, deployment) };
  }
}
