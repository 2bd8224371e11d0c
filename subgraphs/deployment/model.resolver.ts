import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../platform/paging';
import { PageArgs } from '../../platform/subgraph/connection';
import { Deployment, DeploymentConnection } from './deployment';
import { withNodes, type DeploymentContext } from './deployment.loaders';
import { ModelStub, ModelVersionStub } from './neighbours';

/** The way back from a model to where it serves. */
@Resolver(() => ModelStub)
export class ModelResolver {
  @FieldResolver(() => DeploymentConnection, {
    description: 'The deployments that serve versions of this model, as far as the caller may see them.',
  })
  deployments(@Root() { id }: ModelStub, @Args() page: PageArgs, @Ctx() { loaders }: DeploymentContext): Promise<Page<Deployment>> {
    return withNodes(loaders.deploymentsByModel.load({ parent: id, request: readPage(page) }), loaders.deploymentById);
  }
}

@Resolver(() => ModelVersionStub)
export class ModelVersionResolver {
  @FieldResolver(() => DeploymentConnection, {
    description: 'The deployments in which this version has the traffic or is about to get it, as far as the caller may see them.',
  })
  deployments(@Root() { id }: ModelVersionStub, @Args() page: PageArgs, @Ctx() { loaders }: DeploymentContext): Promise<Page<Deployment>> {
    return withNodes(loaders.deploymentsByModelVersion.load({ parent: id, request: readPage(page) }), loaders.deploymentById);
  }
}
