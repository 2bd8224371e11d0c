import { Arg, Directive, ID, Resolver, Root, Subscription } from 'type-graphql';
import { Deployment } from './deployment';
import type { DeploymentContext } from './deployment.loaders';
import type { WatchedDeployment } from './deployment.watcher';

type Watch = { args: { id: string }; context: DeploymentContext };

@Resolver()
export class DeploymentSubscription {
  @Directive('@tag(name: "stream/state")')
  @Subscription(() => Deployment, {
    description: 'The deployment as it is, and again whenever it or one of its replicas changes; the latest state wins. Ends when it is deleted.',
    subscribe: ({ args: { id }, context: { caller, watcher } }: Watch) => watcher.watch(caller, id),
  })
  deploymentUpdated(
    @Arg('id', () => ID, { description: 'The id of the deployment.' }) _id: string,
    @Root() { deployment }: WatchedDeployment,
  ): Deployment {
    return deployment;
  }
}
